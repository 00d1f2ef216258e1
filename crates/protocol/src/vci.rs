//! OpenID4VCI: offers, metadata, token, proof, credential; issuance states. G writes it.
