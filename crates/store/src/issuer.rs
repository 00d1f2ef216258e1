//! Repositories of the issuer. To be written; see the recipe in the crate's documentation.
