/* bench_c.c: functions that do next to nothing, so that the call is what is measured. */
#include "bench_c.h"
#include <string.h>

void noop(void) {}
int add(int a, int b) { return a + b; }
double dadd(double a, double b) { return a + b; }
size_t text_length(const char *text) { return strlen(text); }
long sum6(int a, int b, int c, int d, int e, int f) { return (long)a + b + c + d + e + f; }

int call_back(int (*function)(int), int times)
{
    int total = 0;
    for (int i = 0; i < times; i++)
        total += function(i);
    return total;
}

ipoint ipoint_swap(ipoint p) { ipoint q = { p.y, p.x }; return q; }
dpoint dpoint_swap(dpoint p) { dpoint q = { p.y, p.x }; return q; }

block block_swap(block b)
{
    block c = { { b.values[3], b.values[2], b.values[1], b.values[0] } };
    return c;
}
