//! The host calls of ABI 0.2.1 as Envoy answers them, the ones it refuses included.

use anyhow::{Context as _, Result, bail};
use wasmtime::{Caller, Linker};

use super::headers::HeaderMap;
use super::process::status::{BAD_ARGUMENT, INTERNAL_FAILURE, NOT_FOUND, OK};
use super::signature;
use super::vm::{After, Direction, Host, LocalReply, NewCall, ROOT};
use super::window::Window;

/// Envoy at `info`.
const LOG_LEVEL: u32 = 2;
const LEVELS: [&str; 6] = ["trace", "debug", "info", "warning", "error", "critical"];

type Guest<'a> = Caller<'a, Host>;

pub(super) fn link(linker: &mut Linker<Host>) -> Result<()> {
    header_maps(linker)?;
    buffers_and_properties(linker)?;
    streams(linker)?;
    shared(linker)?;
    queues_and_ticks(linker)?;
    linker.func_wrap("env", "proxy_log", |mut guest: Guest<'_>, level: u32, text: u32, size: u32| {
        let text = String::from_utf8_lossy(&read(&mut guest, text, size)?).into_owned();
        let level = LEVELS.get(level as usize).copied().unwrap_or("?");
        guest.data().process.lock().unwrap().log.push(format!("[{level}] wasm log: {text}"));
        Ok(OK)
    })?;
    linker.func_wrap("env", "proxy_get_log_level", |mut guest: Guest<'_>, level: u32| {
        granted(&guest, "proxy_get_log_level")?;
        write_u32(&mut guest, level, LOG_LEVEL)?;
        Ok(OK)
    })?;
    linker.func_wrap("env", "proxy_get_current_time_nanoseconds", |mut guest: Guest<'_>, time: u32| {
        granted(&guest, "proxy_get_current_time_nanoseconds")?;
        let now = guest.data().process.lock().unwrap().now;
        write(&mut guest, time, &now.to_le_bytes())?;
        Ok(OK)
    })?;
    linker.func_wrap("env", "proxy_set_effective_context", |mut guest: Guest<'_>, context: u32| {
        granted(&guest, "proxy_set_effective_context")?;
        let known = context == ROOT || guest.data().windows.contains_key(&context);
        if known {
            guest.data_mut().effective = context;
        }
        Ok(if known { OK } else { BAD_ARGUMENT })
    })?;
    Ok(())
}

fn header_maps(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap("env", "proxy_get_header_map_pairs", |mut guest: Guest<'_>, map: u32, data: u32, size: u32| {
        granted(&guest, "proxy_get_header_map_pairs")?;
        // A map that may not be touched now is nothing, and not an error.
        let wire = window(&mut guest).and_then(|window| window.map(map)).map(|map| map.to_wire()).unwrap_or_default();
        give(&mut guest, &wire, data, size)?;
        Ok(OK)
    })?;
    linker.func_wrap(
        "env",
        "proxy_get_header_map_value",
        |mut guest: Guest<'_>, map: u32, name: u32, nlen: u32, data: u32, size: u32| {
            granted(&guest, "proxy_get_header_map_value")?;
            let name = String::from_utf8_lossy(&read(&mut guest, name, nlen)?).to_ascii_lowercase();
            let Some(map) = window(&mut guest).and_then(|window| window.map(map)) else { return Ok(BAD_ARGUMENT) };
            let Some(value) = map.get(&name).map(<[u8]>::to_vec) else { return Ok(NOT_FOUND) };
            give(&mut guest, &value, data, size)?;
            Ok(OK)
        },
    )?;
    for (call, replaces) in [("proxy_add_header_map_value", false), ("proxy_replace_header_map_value", true)] {
        linker.func_wrap(
            "env",
            call,
            move |mut guest: Guest<'_>, map: u32, name: u32, nlen: u32, value: u32, vlen: u32| {
                granted(&guest, call)?;
                let (name, value) = (read(&mut guest, name, nlen)?, read(&mut guest, value, vlen)?);
                let Some(map) = window(&mut guest).and_then(|window| window.map_to_edit(map)) else {
                    return Ok(BAD_ARGUMENT);
                };
                if replaces {
                    map.set(name, value)
                } else {
                    map.add(name, value)
                }
                Ok(OK)
            },
        )?;
    }
    linker.func_wrap(
        "env",
        "proxy_remove_header_map_value",
        |mut guest: Guest<'_>, map: u32, name: u32, nlen: u32| {
            granted(&guest, "proxy_remove_header_map_value")?;
            let name = read(&mut guest, name, nlen)?;
            let Some(map) = window(&mut guest).and_then(|window| window.map_to_edit(map)) else {
                return Ok(BAD_ARGUMENT);
            };
            map.remove(name);
            Ok(OK)
        },
    )?;
    linker.func_wrap("env", "proxy_set_header_map_pairs", |mut guest: Guest<'_>, map: u32, data: u32, size: u32| {
        granted(&guest, "proxy_set_header_map_pairs")?;
        let pairs = HeaderMap::from_wire(&read(&mut guest, data, size)?).context("a malformed header map")?;
        let Some(map) = window(&mut guest).and_then(|window| window.map_to_edit(map)) else { return Ok(BAD_ARGUMENT) };
        *map = pairs;
        Ok(OK)
    })?;
    Ok(())
}

fn buffers_and_properties(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        "env",
        "proxy_get_buffer_bytes",
        |mut guest: Guest<'_>, buffer: u32, start: u32, max: u32, data: u32, size: u32| {
            granted(&guest, "proxy_get_buffer_bytes")?;
            const PLUGIN_CONFIGURATION: u32 = 7;
            let bytes = match buffer {
                PLUGIN_CONFIGURATION => guest.data().configuration.clone(),
                0 | 1 | 4 => window(&mut guest).and_then(|window| window.buffer(buffer)).cloned().unwrap_or_default(),
                _ => return Ok(NOT_FOUND),
            };
            let start = (start as usize).min(bytes.len());
            let end = start.saturating_add(max as usize).min(bytes.len());
            if start < end {
                give(&mut guest, &bytes[start..end], data, size)?;
            }
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_buffer_bytes",
        |mut guest: Guest<'_>, buffer: u32, start: u32, size: u32, data: u32, length: u32| {
            granted(&guest, "proxy_set_buffer_bytes")?;
            let bytes = read(&mut guest, data, length)?;
            let Some(held) = window(&mut guest).and_then(|window| window.buffer(buffer)) else {
                return Ok(BAD_ARGUMENT);
            };
            match (start as usize, size as usize) {
                (0, 0) => drop(held.splice(0..0, bytes)),
                (0, size) if size >= held.len() => *held = bytes,
                (start, _) if start > 0 && start >= held.len() => held.extend(bytes),
                _ => return Ok(BAD_ARGUMENT),
            }
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_call_foreign_function",
        |mut guest: Guest<'_>, name: u32, nlen: u32, arguments: u32, alen: u32, data: u32, size: u32| {
            granted(&guest, "proxy_call_foreign_function")?;
            let (name, arguments) = (read(&mut guest, name, nlen)?, read(&mut guest, arguments, alen)?);
            // Of Envoy's functions beyond the ABI this one alone is known here.
            if name != b"verify_signature" {
                return Ok(NOT_FOUND);
            }
            let Some(verdict) = signature::verify(&arguments) else { return Ok(BAD_ARGUMENT) };
            give(&mut guest, &verdict, data, size)?;
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_get_property",
        |mut guest: Guest<'_>, path: u32, plen: u32, data: u32, size: u32| {
            granted(&guest, "proxy_get_property")?;
            let path = String::from_utf8_lossy(&read(&mut guest, path, plen)?).into_owned();
            let Some(value) = window(&mut guest).and_then(|window| window.property(&path)) else {
                return Ok(NOT_FOUND);
            };
            give(&mut guest, &value, data, size)?;
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_property",
        |mut guest: Guest<'_>, path: u32, plen: u32, data: u32, length: u32| {
            granted(&guest, "proxy_set_property")?;
            let path = String::from_utf8_lossy(&read(&mut guest, path, plen)?).into_owned();
            let value = read(&mut guest, data, length)?;
            let Some(window) = window(&mut guest) else { return Ok(BAD_ARGUMENT) };
            // A path of several elements can be stored and never be read again.
            if !path.contains('\0') {
                window.state.insert(path, value);
            }
            Ok(OK)
        },
    )?;
    Ok(())
}

fn streams(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap("env", "proxy_continue_stream", |mut guest: Guest<'_>, direction: u32| {
        granted(&guest, "proxy_continue_stream")?;
        let direction = match direction {
            0 => Direction::Request,
            1 => Direction::Response,
            _ => return Ok(BAD_ARGUMENT),
        };
        let context = guest.data().effective;
        guest.data_mut().after.push(After::Resume(context, direction));
        if let Some(window) = window(&mut guest) {
            window.request.headers.open = false;
            window.request.trailers.open = false;
        }
        Ok(OK)
    })?;
    linker.func_wrap(
        "env",
        "proxy_send_local_response",
        |mut guest: Guest<'_>,
         status: u32,
         details: u32,
         dlen: u32,
         body: u32,
         blen: u32,
         headers: u32,
         hlen: u32,
         _grpc_status: i32| {
            granted(&guest, "proxy_send_local_response")?;
            let details = String::from_utf8_lossy(&read(&mut guest, details, dlen)?).into_owned();
            let body = read(&mut guest, body, blen)?;
            let headers = HeaderMap::from_wire(&read(&mut guest, headers, hlen)?).context("a malformed header map")?;
            let context = guest.data().effective;
            let Some(window) = window(&mut guest) else { return Ok(BAD_ARGUMENT) };
            if !std::mem::replace(&mut window.answered, true) {
                let reply = LocalReply { status: status as u16, headers, body, details };
                guest.data_mut().after.push(After::Answer(context, reply));
            }
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_http_call",
        |mut guest: Guest<'_>,
         cluster: u32,
         clen: u32,
         headers: u32,
         hlen: u32,
         body: u32,
         blen: u32,
         _trailers: u32,
         _tlen: u32,
         timeout_millis: u32,
         token: u32| {
            granted(&guest, "proxy_http_call")?;
            let cluster = String::from_utf8_lossy(&read(&mut guest, cluster, clen)?).into_owned();
            let headers = HeaderMap::from_wire(&read(&mut guest, headers, hlen)?).context("a malformed header map")?;
            let body = read(&mut guest, body, blen)?;
            let has_hosts = guest.data().process.lock().unwrap().has_hosts(&cluster);
            let complete = [":path", ":method", ":authority"].iter().all(|name| headers.get(name).is_some());
            match has_hosts {
                None => return Ok(BAD_ARGUMENT),
                Some(_) if !complete => return Ok(BAD_ARGUMENT),
                Some(false) => return Ok(INTERNAL_FAILURE),
                Some(true) => {}
            }
            let number = guest.data().process.lock().unwrap().token();
            let context = guest.data().effective;
            let call = NewCall { token: number, context, cluster, headers, body, timeout_millis };
            guest.data_mut().after.push(After::Call(call));
            write_u32(&mut guest, token, number)?;
            Ok(OK)
        },
    )?;
    Ok(())
}

fn shared(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        "env",
        "proxy_get_shared_data",
        |mut guest: Guest<'_>, key: u32, klen: u32, data: u32, size: u32, cas: u32| {
            granted(&guest, "proxy_get_shared_data")?;
            let key = read(&mut guest, key, klen)?;
            let held = guest.data().process.lock().unwrap().shared_data.get(&key).cloned();
            let Some((value, version)) = held else { return Ok(NOT_FOUND) };
            give(&mut guest, &value, data, size)?;
            write_u32(&mut guest, cas, version)?;
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_shared_data",
        |mut guest: Guest<'_>, key: u32, klen: u32, data: u32, length: u32, cas: u32| {
            granted(&guest, "proxy_set_shared_data")?;
            let (key, value) = (read(&mut guest, key, klen)?, read(&mut guest, data, length)?);
            Ok(guest.data().process.lock().unwrap().set_shared_data(key, value, cas))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_define_metric",
        |mut guest: Guest<'_>, kind: u32, name: u32, nlen: u32, id: u32| {
            granted(&guest, "proxy_define_metric")?;
            let name = String::from_utf8_lossy(&read(&mut guest, name, nlen)?).into_owned();
            let number = guest.data().process.lock().unwrap().define_metric(kind, name);
            write_u32(&mut guest, id, number)?;
            Ok(OK)
        },
    )?;
    linker.func_wrap("env", "proxy_increment_metric", |guest: Guest<'_>, id: u32, offset: i64| {
        granted(&guest, "proxy_increment_metric")?;
        Ok(guest.data().process.lock().unwrap().increment_metric(id, offset))
    })?;
    linker.func_wrap("env", "proxy_record_metric", |guest: Guest<'_>, id: u32, value: u64| {
        granted(&guest, "proxy_record_metric")?;
        Ok(guest.data().process.lock().unwrap().record_metric(id, value))
    })?;
    linker.func_wrap("env", "proxy_get_metric", |mut guest: Guest<'_>, id: u32, value: u32| {
        granted(&guest, "proxy_get_metric")?;
        let Some(held) = guest.data().process.lock().unwrap().get_metric(id) else { return Ok(NOT_FOUND) };
        write(&mut guest, value, &held.to_le_bytes())?;
        Ok(OK)
    })?;
    Ok(())
}

fn queues_and_ticks(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        "env",
        "proxy_register_shared_queue",
        |mut guest: Guest<'_>, name: u32, nlen: u32, queue: u32| {
            granted(&guest, "proxy_register_shared_queue")?;
            let name = String::from_utf8_lossy(&read(&mut guest, name, nlen)?).into_owned();
            let owner = guest.data().number;
            let number = guest.data().process.lock().unwrap().register_queue(name, owner);
            write_u32(&mut guest, queue, number)?;
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_enqueue_shared_queue",
        |mut guest: Guest<'_>, queue: u32, data: u32, length: u32| {
            granted(&guest, "proxy_enqueue_shared_queue")?;
            let message = read(&mut guest, data, length)?;
            let owner = guest.data().process.lock().unwrap().enqueue(queue, message);
            let Some(owner) = owner else { return Ok(NOT_FOUND) };
            guest.data_mut().after.push(After::Ready(owner, queue));
            Ok(OK)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_dequeue_shared_queue",
        |mut guest: Guest<'_>, queue: u32, data: u32, size: u32| {
            granted(&guest, "proxy_dequeue_shared_queue")?;
            let message = guest.data().process.lock().unwrap().dequeue(queue);
            match message {
                Ok(message) => give(&mut guest, &message, data, size).map(|()| OK),
                Err(status) => Ok(status),
            }
        },
    )?;
    linker.func_wrap("env", "proxy_set_tick_period_milliseconds", |mut guest: Guest<'_>, period: u32| {
        granted(&guest, "proxy_set_tick_period_milliseconds")?;
        let number = guest.data().number;
        guest.data_mut().after.push(After::Ticks(number, period));
        Ok(OK)
    })?;
    Ok(())
}

/// While `_initialize` runs Envoy answers hardly anything, and the VM fails.
fn granted(guest: &Guest<'_>, call: &str) -> Result<()> {
    if guest.data().restricted {
        bail!("restricted_callback: env.{call} is not allowed while the module is initialized");
    }
    Ok(())
}

fn window<'a>(guest: &'a mut Guest<'_>) -> Option<&'a mut Window> {
    let host = guest.data_mut();
    host.windows.get_mut(&host.effective)
}

pub(super) fn read(guest: &mut Guest<'_>, at: u32, size: u32) -> Result<Vec<u8>> {
    if size == 0 {
        return Ok(Vec::new());
    }
    let memory = guest.data().memory.context("no memory yet")?;
    let bytes = memory.data(&guest).get(at as usize..).and_then(|bytes| bytes.get(..size as usize));
    Ok(bytes.context("an address outside the VM's memory")?.to_vec())
}

pub(super) fn write(guest: &mut Guest<'_>, at: u32, bytes: &[u8]) -> Result<()> {
    let memory = guest.data().memory.context("no memory yet")?;
    memory.write(guest, at as usize, bytes).context("an address outside the VM's memory")
}

pub(super) fn write_u32(guest: &mut Guest<'_>, at: u32, value: u32) -> Result<()> {
    write(guest, at, &value.to_le_bytes())
}

/// Hands bytes over in memory that the module allocates itself; nothing is a null pointer.
fn give(guest: &mut Guest<'_>, bytes: &[u8], data: u32, size: u32) -> Result<()> {
    let mut at = 0;
    if !bytes.is_empty() {
        let allocate = guest.data().allocate.clone().context("the module cannot allocate yet")?;
        at = allocate.call(&mut *guest, u32::try_from(bytes.len())?)?;
        write(guest, at, bytes)?;
    }
    write_u32(guest, data, at)?;
    write_u32(guest, size, u32::try_from(bytes.len())?)
}
