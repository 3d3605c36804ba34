#define LIMIT ...
#define FIXED 5
#define NAME "x"
static const double RATIO;
static char *const TITLE;
typedef int... id_type;
typedef float... real;
typedef ... opaque;
typedef ... *handle;
typedef int row[...];
enum color { RED, GREEN = ..., ... };
typedef enum { ON, OFF } state;
struct full { char c; int bits : 3; double d; };
struct part { int wanted; short list[...]; union { int i; float f; }; struct { int z; } in; ...; };
union either { int i; float f; };
typedef struct { int x; } point;
int plain(int, const char *);
void nothing(void);
int formatted(const char *, ...);
struct full by_value(struct full, union either);
point move(point, const point *, id_type);
handle open_it(opaque *);
int (*pick(int))(double);
double _Complex spin(double _Complex);
extern int counter;
extern const char *words[...];
extern struct full one;
extern int rest[];
