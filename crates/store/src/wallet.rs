//! Repositories of the wallet. To be written; see the recipe in the crate's documentation.
