//! OpenID4VP: authorization request and response; transaction states. H writes it.
