static int unused_by_python(void) { return 0; }
int also_unused(void) { return unused_by_python(); }
