//! The few system calls that a Rust module makes.

use anyhow::{Result, bail};
use wasmtime::{Caller, Linker};

use super::abi::{read, write, write_u32};
use super::vm::Host;

const MODULE: &str = "wasi_snapshot_preview1";
const SUCCESS: u32 = 0;

type Guest<'a> = Caller<'a, Host>;

pub(super) fn link(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(MODULE, "random_get", |mut guest: Guest<'_>, at: u32, size: u32| {
        let mut bytes = vec![0; size as usize];
        guest.data().process.lock().unwrap().fill_random(&mut bytes);
        write(&mut guest, at, &bytes)?;
        Ok(SUCCESS)
    })?;
    linker.func_wrap(MODULE, "clock_time_get", |mut guest: Guest<'_>, _: u32, _: u64, at: u32| {
        let now = guest.data().process.lock().unwrap().now;
        write(&mut guest, at, &now.to_le_bytes())?;
        Ok(SUCCESS)
    })?;
    linker.func_wrap(MODULE, "environ_sizes_get", |mut guest: Guest<'_>, count: u32, size: u32| {
        write_u32(&mut guest, count, 0)?;
        write_u32(&mut guest, size, 0)?;
        Ok(SUCCESS)
    })?;
    linker.func_wrap(MODULE, "environ_get", |_: Guest<'_>, _: u32, _: u32| Ok(SUCCESS))?;
    linker.func_wrap(MODULE, "fd_write", |mut guest: Guest<'_>, _: u32, vectors: u32, count: u32, written: u32| {
        let mut text = Vec::new();
        for vector in 0..count {
            let pair = read(&mut guest, vectors + vector * 8, 8)?;
            let word = |at: usize| u32::from_le_bytes(pair[at..at + 4].try_into().unwrap());
            text.extend(read(&mut guest, word(0), word(4))?);
        }
        write_u32(&mut guest, written, u32::try_from(text.len())?)?;
        guest.data().process.lock().unwrap().log.push(String::from_utf8_lossy(&text).trim_end().to_owned());
        Ok(SUCCESS)
    })?;
    linker.func_wrap(MODULE, "proc_exit", |_: Guest<'_>, status: u32| -> Result<()> {
        bail!("the module called exit({status})")
    })?;
    Ok(())
}
