//! Gateway responses.
