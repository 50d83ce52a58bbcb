/* Seven threads that use every part of the library and check the results, while a test does something to their
 * process. */
#ifndef WORK_H
#define WORK_H

#include "calls.h"
#include "fixture.h"

/* Plugs in what they need and starts them; when it returns each has done something. open_handles are in their use. */
int start_work(void);
/* Whether each thread makes progress from now on. */
int work_goes_on(void);
/* Sends each a signal. */
void signal_work(int signal);
/* Ends them, and checks what they found. */
void end_work(void);

#endif
