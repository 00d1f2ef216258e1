//! The trusted lists, kept current in the background.
