struct point { int x, y; };
extern "Python" int on_event(int code, void *data);
extern "Python" struct point on_move(struct point from, const char *why);
extern "Python+C" void on_close(void);
