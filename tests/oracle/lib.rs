//! Nothing but tests; see `tests/judges`.
