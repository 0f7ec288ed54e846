//! The API model.
