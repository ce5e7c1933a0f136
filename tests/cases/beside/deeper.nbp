const BASE: u8 = 3;
