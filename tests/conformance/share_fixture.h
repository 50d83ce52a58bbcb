/* A share with the test device, and a client of it on the wire. */
#ifndef SHARE_FIXTURE_H
#define SHARE_FIXTURE_H

#include "suite.h"
#include "usbip_client.h"

#include <unistd.h>

extern usbx_share *test_share;
extern char share_address[256], shared_path[32];

/* A share with the test device; 0 if that is not in this process, where nobody else has it. */
int begin_share_at(const char *where, const usbx_share_options *options);
int begin_share(void);
void end_share(void);

/* A client that has the device. */
int import_device(void);

int client_answered(int fd, answer *got, int in, uint32_t sequence, int32_t status, uint32_t actual);

/* Whether the client's device works, by bytes that go round. */
int goes_round(int fd, uint32_t sequence);

#endif
