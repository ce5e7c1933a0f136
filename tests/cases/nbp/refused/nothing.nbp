//# program.hook
//~ E0214 there is no program to compile
const A = 1;
