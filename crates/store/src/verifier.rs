//! Repositories of the verifier. To be written; see the recipe in the crate's documentation.
