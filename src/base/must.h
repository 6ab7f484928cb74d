#ifndef BASE_MUST_H
#define BASE_MUST_H

/* must(): "this cannot be false unless our own code is wrong".  Always on, in release too; prints
 * and aborts.  It may never depend on data that came from outside the process: for that, fail()
 * a request instead.  never(): after a switch that covers every member of an enum. */
#define must(cond) ((cond) ? (void)0 : must_failed(__FILE__, __LINE__, #cond))
#define never(why) must_failed(__FILE__, __LINE__, why)

_Noreturn void must_failed(const char *file, int line, const char *what);

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
