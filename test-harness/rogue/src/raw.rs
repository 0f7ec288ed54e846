//! Host calls as the ABI has them, with the status that they return.
#![allow(unsafe_code, reason = "the proxy-wasm ABI is a C interface: pointers in, pointers out")]

use std::ptr::null_mut;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_get_header_map_value(map: u32, name: *const u8, nlen: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_replace_header_map_value(map: u32, name: *const u8, nlen: usize, value: *const u8, vlen: usize) -> u32;
    fn proxy_get_buffer_bytes(buffer: u32, start: usize, max: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_buffer_bytes(buffer: u32, start: usize, size: usize, data: *const u8, len: usize) -> u32;
    fn proxy_get_property(path: *const u8, plen: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_property(path: *const u8, plen: usize, data: *const u8, len: usize) -> u32;
    fn proxy_get_shared_data(key: *const u8, klen: usize, data: *mut *mut u8, size: *mut usize, cas: *mut u32) -> u32;
    fn proxy_set_shared_data(key: *const u8, klen: usize, data: *const u8, len: usize, cas: u32) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, nlen: usize, id: *mut u32) -> u32;
    fn proxy_increment_metric(id: u32, offset: i64) -> u32;
    fn proxy_set_effective_context(context: u32) -> u32;
}

pub(crate) const REQUEST: u32 = 0;
pub(crate) const RESPONSE: u32 = 2;
pub(crate) const REQUEST_BODY: u32 = 0;
pub(crate) const RESPONSE_BODY: u32 = 1;

/// Status, and how many bytes the map takes on the wire: 4 for none.
pub(crate) fn pairs(map: u32) -> (u32, usize) {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: the pointers are to locals.
    let status = unsafe { proxy_get_header_map_pairs(map, &mut data, &mut size) };
    (status, size)
}

pub(crate) fn value(map: u32, name: &str) -> u32 {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: the pointers are to a live slice and to locals.
    unsafe { proxy_get_header_map_value(map, name.as_ptr(), name.len(), &mut data, &mut size) }
}

pub(crate) fn set(map: u32, name: &str, value: &str) -> u32 {
    // SAFETY: the pointers are to live slices.
    unsafe { proxy_replace_header_map_value(map, name.as_ptr(), name.len(), value.as_ptr(), value.len()) }
}

/// Status and size of what came.
pub(crate) fn buffer(buffer: u32) -> (u32, usize) {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: the pointers are to locals.
    let status = unsafe { proxy_get_buffer_bytes(buffer, 0, usize::MAX, &mut data, &mut size) };
    if !data.is_null() {
        // SAFETY: the host filled a buffer of `size` bytes that the SDK's allocator made with that capacity.
        drop(unsafe { Vec::from_raw_parts(data, size, size) });
    }
    (status, size)
}

pub(crate) fn set_buffer(buffer: u32, start: usize, size: usize, bytes: &[u8]) -> u32 {
    // SAFETY: the pointer is to a live slice.
    unsafe { proxy_set_buffer_bytes(buffer, start, size, bytes.as_ptr(), bytes.len()) }
}

/// Status and size.
pub(crate) fn property(path: &str) -> (u32, usize) {
    let (mut data, mut size) = (null_mut(), 0);
    // SAFETY: the pointers are to a live slice and to locals.
    let status = unsafe { proxy_get_property(path.as_ptr(), path.len(), &mut data, &mut size) };
    (status, size)
}

pub(crate) fn set_property(path: &str, value: &str) -> u32 {
    // SAFETY: the pointers are to live slices.
    unsafe { proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) }
}

/// Status and version.
pub(crate) fn shared(key: &str) -> (u32, u32) {
    let (mut data, mut size, mut cas) = (null_mut(), 0, 0);
    // SAFETY: the pointers are to a live slice and to locals.
    let status = unsafe { proxy_get_shared_data(key.as_ptr(), key.len(), &mut data, &mut size, &mut cas) };
    (status, cas)
}

pub(crate) fn set_shared(key: &str, value: &str, cas: u32) -> u32 {
    // SAFETY: the pointers are to live slices.
    unsafe { proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), cas) }
}

/// Status of incrementing a counter of this name.
pub(crate) fn count(kind: u32, name: &str, offset: i64) -> u32 {
    let mut id = 0;
    // SAFETY: the pointers are to a live slice and to a local.
    unsafe {
        proxy_define_metric(kind, name.as_ptr(), name.len(), &mut id);
        proxy_increment_metric(id, offset)
    }
}

pub(crate) fn effective(context: u32) -> u32 {
    // SAFETY: no pointers.
    unsafe { proxy_set_effective_context(context) }
}
