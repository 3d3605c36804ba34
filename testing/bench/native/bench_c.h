/* bench_c.h: the C functions that every contestant of bench_c_calls.py calls. */
#ifndef BENCH_C_H
#define BENCH_C_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void noop(void);
int add(int a, int b);
double dadd(double a, double b);
size_t text_length(const char *text);
long sum6(int a, int b, int c, int d, int e, int f);
int call_back(int (*function)(int), int times);

typedef struct { int x, y; } ipoint;
typedef struct { double x, y; } dpoint;
typedef struct { double values[4]; } block;
ipoint ipoint_swap(ipoint p);
dpoint dpoint_swap(dpoint p);
block block_swap(block b);

#ifdef __cplusplus
}
#endif
#endif
