use around.B; const A = B;
