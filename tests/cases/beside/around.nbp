use round.A; const B = 1;
