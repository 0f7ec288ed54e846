//! HTTP as bytes.
