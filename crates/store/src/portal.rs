//! Repositories of the portal. To be written; see the recipe in the crate's documentation.
