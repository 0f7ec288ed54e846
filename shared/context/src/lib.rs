//! `$context`.
