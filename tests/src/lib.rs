//! What is known of nbpfc: cases, differential tests, kernel tests, benches, tidy.
