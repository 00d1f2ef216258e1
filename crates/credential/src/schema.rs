//! JSON Schemas of the credentials we know, embedded from fixtures or schemas/.
