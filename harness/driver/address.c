#include "harness/driver/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

bool mqh_addresses_find(struct mqh_addresses *addresses, uv_loop_t *loop,
                        const struct mqh_target *target, char *why, size_t why_size)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    uv_getaddrinfo_t request;
    char port[8];
    int status;

    if (addresses->count > 0)
        return true;
    if (target->local) {
        addresses->count = 1;
        return true;
    }
    snprintf(port, sizeof(port), "%u", (unsigned)target->port);
    status = uv_getaddrinfo(loop, &request, NULL, target->host, port, &hints);
    if (status != 0) {
        snprintf(why, why_size, "cannot find the host of %s: %s", target->url, uv_strerror(status));
        return false;
    }
    for (const struct addrinfo *a = request.addrinfo; a != NULL; a = a->ai_next)
        if (addresses->count < MQH_ADDRESSES_MAX && a->ai_addrlen <= sizeof(*addresses->items))
            memcpy(&addresses->items[addresses->count++], a->ai_addr, a->ai_addrlen);
    uv_freeaddrinfo(request.addrinfo);
    return addresses->count > 0;
}

int mqh_address_connect_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    int status = 0;

    if (file < 0)
        return uv_translate_sys_error(errno);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    fcntl(file, F_SETFD, FD_CLOEXEC);
    fcntl(file, F_SETFL, O_NONBLOCK);
    if (connect(file, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return file;
    status = uv_translate_sys_error(errno);
    close(file);
    return status;
}
