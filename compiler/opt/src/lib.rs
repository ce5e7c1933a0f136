//! Optimisation passes over the IR that keep the evidence the kernel's verifier needs.
