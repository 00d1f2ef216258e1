#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| procura_fuzz::documents(bytes));
