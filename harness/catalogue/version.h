#ifndef MQH_VERSION_H
#define MQH_VERSION_H

/* The release this program is, as "0.1.0"; the Makefile's MQSPEC_VERSION is its one source. */
const char *mqh_version(void);

#endif
