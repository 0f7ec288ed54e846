//! Parameter mapping.
