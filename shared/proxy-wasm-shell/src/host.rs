//! Host calls that never panic. The SDK's own wrappers panic on every status they do not expect, and on bytes that are
//! not UTF-8; a panic takes a whole worker's VM with it. Here a status is a `Result`, and values are bytes.
#![allow(unsafe_code, reason = "the proxy-wasm ABI is a C interface: pointers in, pointers out")]

use std::ptr::null_mut;

use gatehouse_http::{Edit, Headers};
use proxy_wasm::types::LogLevel;

use crate::wire;

/// The host refused: not found, not now, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Header maps, as the ABI numbers them.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum HeaderMap {
    Request = 0,
    Response = 2,
    Callout = 6,
    CalloutTrailers = 7,
}

/// Buffers, as the ABI numbers them.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Buffer {
    RequestBody = 0,
    ResponseBody = 1,
    CalloutBody = 4,
    PluginConfiguration = 7,
}

/// The two directions of a stream.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Direction {
    Request = 0,
    Response = 1,
}

/// Kinds of metric, as the ABI numbers them.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Kind {
    Counter = 0,
    Gauge = 1,
    Histogram = 2,
}

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_add_header_map_value(map: u32, name: *const u8, nlen: usize, value: *const u8, vlen: usize) -> u32;
    fn proxy_replace_header_map_value(map: u32, name: *const u8, nlen: usize, value: *const u8, vlen: usize) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, nlen: usize) -> u32;
    fn proxy_get_buffer_bytes(buffer: u32, start: usize, max: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_buffer_bytes(buffer: u32, start: usize, size: usize, data: *const u8, len: usize) -> u32;
    fn proxy_call_foreign_function(
        name: *const u8,
        nlen: usize,
        arguments: *const u8,
        alen: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_get_property(path: *const u8, plen: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_property(path: *const u8, plen: usize, data: *const u8, len: usize) -> u32;
    fn proxy_continue_stream(direction: u32) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        dlen: usize,
        body: *const u8,
        blen: usize,
        headers: *const u8,
        hlen: usize,
        grpc_status: i32,
    ) -> u32;
    fn proxy_get_shared_data(key: *const u8, klen: usize, data: *mut *mut u8, size: *mut usize, cas: *mut u32) -> u32;
    fn proxy_set_shared_data(key: *const u8, klen: usize, data: *const u8, len: usize, cas: u32) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, nlen: usize, id: *mut u32) -> u32;
    fn proxy_increment_metric(id: u32, offset: i64) -> u32;
    fn proxy_record_metric(id: u32, value: u64) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_get_log_level(level: *mut u32) -> u32;
    fn proxy_register_shared_queue(name: *const u8, nlen: usize, queue: *mut u32) -> u32;
    fn proxy_enqueue_shared_queue(queue: u32, data: *const u8, len: usize) -> u32;
    fn proxy_dequeue_shared_queue(queue: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_effective_context(context: u32) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn random_get(buffer: *mut u8, len: usize) -> u32;
}

fn done(status: u32) -> Result<(), Refused> {
    if status == 0 { Ok(()) } else { Err(Refused) }
}

/// Takes over what the host allocated through the SDK's allocator: a boxed slice of exactly `size` bytes.
fn take(status: u32, data: *mut u8, size: usize) -> Result<Vec<u8>, Refused> {
    done(status)?;
    if data.is_null() || size == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the host filled a buffer of `size` bytes that `proxy_on_memory_allocate` made with capacity `size`.
    Ok(unsafe { Vec::from_raw_parts(data, size, size) })
}

pub(crate) fn headers(map: HeaderMap) -> Result<Headers, Refused> {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: both pointers are to locals.
    let status = unsafe { proxy_get_header_map_pairs(map as u32, &mut data, &mut size) };
    wire::read(take(status, data, size)?).ok_or(Refused)
}

/// Writes every edit of `headers` since its snapshot.
pub(crate) fn write_edits(map: HeaderMap, headers: &mut Headers) -> Result<(), Refused> {
    for edit in headers.edits() {
        // SAFETY: the pointers are to live slices.
        done(unsafe {
            match edit {
                Edit::Replace(name, value) => {
                    proxy_replace_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
                }
                Edit::Add(name, value) => {
                    proxy_add_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
                }
                Edit::Remove(name) => proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()),
            }
        })?;
    }
    headers.settle();
    Ok(())
}

/// The first `max` bytes of a buffer.
pub(crate) fn buffer(buffer: Buffer, max: usize) -> Result<Vec<u8>, Refused> {
    piece(buffer, 0, max)
}

/// At most `max` bytes of a buffer, from `start` on.
pub(crate) fn piece(buffer: Buffer, start: usize, max: usize) -> Result<Vec<u8>, Refused> {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: both pointers are to locals.
    let status = unsafe { proxy_get_buffer_bytes(buffer as u32, start, max, &mut data, &mut size) };
    take(status, data, size)
}

/// Replaces all of a buffer.
pub(crate) fn set_buffer(buffer: Buffer, bytes: &[u8]) -> Result<(), Refused> {
    // SAFETY: the pointer is to a live slice.
    done(unsafe { proxy_set_buffer_bytes(buffer as u32, 0, usize::MAX, bytes.as_ptr(), bytes.len()) })
}

/// A property by its path, the elements divided by zero bytes.
pub(crate) fn property(path: &str) -> Result<Vec<u8>, Refused> {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: the pointers are to a live slice and to locals.
    let status = unsafe { proxy_get_property(path.as_ptr(), path.len(), &mut data, &mut size) };
    take(status, data, size)
}

/// Calls a function that the host has beyond the ABI.
pub(crate) fn call(name: &str, arguments: &[u8]) -> Result<Vec<u8>, Refused> {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: the pointers are to live slices and to locals.
    let status = unsafe {
        let (name, arguments) = (name.as_bytes(), arguments);
        proxy_call_foreign_function(
            name.as_ptr(),
            name.len(),
            arguments.as_ptr(),
            arguments.len(),
            &mut data,
            &mut size,
        )
    };
    take(status, data, size)
}

/// Sets `wasm.<name>` in the stream's filter state.
pub(crate) fn set_property(name: &str, value: &[u8]) -> Result<(), Refused> {
    // SAFETY: the pointers are to live slices.
    done(unsafe { proxy_set_property(name.as_ptr(), name.len(), value.as_ptr(), value.len()) })
}

pub(crate) fn resume(direction: Direction) -> Result<(), Refused> {
    // SAFETY: no pointers.
    done(unsafe { proxy_continue_stream(direction as u32) })
}

pub(crate) fn send_local_response(status: u16, details: &str, headers: &Headers, body: &[u8]) -> Result<(), Refused> {
    const NO_GRPC_STATUS: i32 = -1;
    let pairs: Vec<_> = headers.iter().collect();
    let map = wire::write(pairs.iter().copied());
    // SAFETY: the pointers are to live slices.
    done(unsafe {
        proxy_send_local_response(
            u32::from(status),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            map.as_ptr(),
            map.len(),
            NO_GRPC_STATUS,
        )
    })
}

/// A value of shared data and its version.
pub(crate) fn shared_data(key: &str) -> Result<(Vec<u8>, u32), Refused> {
    let (mut data, mut size, mut cas) = (null_mut(), 0, 0);
    // SAFETY: the pointers are to a live slice and to locals.
    let status = unsafe { proxy_get_shared_data(key.as_ptr(), key.len(), &mut data, &mut size, &mut cas) };
    Ok((take(status, data, size)?, cas))
}

/// Sets a value of shared data if its version is still `cas`; 0 sets it whatever it is.
pub(crate) fn set_shared_data(key: &str, value: &[u8], cas: u32) -> Result<(), Refused> {
    // SAFETY: the pointers are to live slices.
    done(unsafe { proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), cas) })
}

pub(crate) fn define_metric(kind: Kind, name: &str) -> Result<u32, Refused> {
    let mut id = 0;
    // SAFETY: the pointers are to a live slice and to a local.
    done(unsafe { proxy_define_metric(kind as u32, name.as_ptr(), name.len(), &mut id) })?;
    Ok(id)
}

pub(crate) fn increment_metric(id: u32, amount: u64) {
    // SAFETY: no pointers. A metric that cannot be counted must not disturb the request.
    let _ = unsafe { proxy_increment_metric(id, i64::try_from(amount).unwrap_or(i64::MAX)) };
}

pub(crate) fn record_metric(id: u32, value: u64) {
    // SAFETY: no pointers. A metric that cannot be recorded must not disturb the request.
    let _ = unsafe { proxy_record_metric(id, value) };
}

/// Nanoseconds since 1970.
pub(crate) fn now_nanos() -> u64 {
    let mut time = 0;
    // SAFETY: the pointer is to a local, which stays 0 if the host refuses.
    let _ = unsafe { proxy_get_current_time_nanoseconds(&mut time) };
    time
}

pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), Refused> {
    // SAFETY: the pointer is to a live slice.
    done(unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) })
}

/// Makes a queue that this VM alone is told of; its number is known to all.
pub(crate) fn register_queue(name: &str) -> Result<u32, Refused> {
    let mut queue = 0;
    // SAFETY: the pointers are to a live slice and to a local.
    done(unsafe { proxy_register_shared_queue(name.as_ptr(), name.len(), &mut queue) })?;
    Ok(queue)
}

pub(crate) fn enqueue(queue: u32, message: &[u8]) -> Result<(), Refused> {
    // SAFETY: the pointer is to a live slice.
    done(unsafe { proxy_enqueue_shared_queue(queue, message.as_ptr(), message.len()) })
}

/// The next message of a queue; refused when there is none.
pub(crate) fn dequeue(queue: u32) -> Result<Vec<u8>, Refused> {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: both pointers are to locals.
    let status = unsafe { proxy_dequeue_shared_queue(queue, &mut data, &mut size) };
    take(status, data, size)
}

/// Makes the host calls that follow those of a stream, until the host is done with this callback.
pub(crate) fn act_for(stream: u32) -> Result<(), Refused> {
    // SAFETY: no pointers.
    done(unsafe { proxy_set_effective_context(stream) })
}

/// How often this plugin is told that time passes; 0 for never.
pub(crate) fn set_tick_period(millis: u32) -> Result<(), Refused> {
    // SAFETY: no pointers.
    done(unsafe { proxy_set_tick_period_milliseconds(millis) })
}

/// The level below which Envoy would drop a line anyway.
pub(crate) fn log_level() -> LogLevel {
    let mut level = 2;
    // SAFETY: the pointer is to a local, which stays at `info` if the host refuses.
    let _ = unsafe { proxy_get_log_level(&mut level) };
    match level {
        0 => LogLevel::Trace,
        1 => LogLevel::Debug,
        2 => LogLevel::Info,
        3 => LogLevel::Warn,
        4 => LogLevel::Error,
        _ => LogLevel::Critical,
    }
}
