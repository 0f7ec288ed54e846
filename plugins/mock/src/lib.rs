//! MOCK.
