//! Repositories over SQLite and PostgreSQL. SKELETON: E builds the core (pools, writer with group commit, migrations,
//! the stamping macro, contract harness); G, H and the wallet's author add `issuer`, `verifier`, `wallet`, `portal`.
