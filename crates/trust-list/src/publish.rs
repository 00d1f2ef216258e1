//! Making and signing a list (TS 119 612 v2.4.1, version 6, XAdES baseline B). Model of the description and the
//! signer interface are C's to define: `build(&Description) -> Unsigned`, `Unsigned::bytes_to_sign(..)`, `finish`.
