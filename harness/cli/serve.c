#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/target_options.h"
#include "harness/driver/serve.h"
#include "harness/driver/target.h"

static const char help[] =
    "mqspec serve URL [OPTION…]\n\n"
    "Serves the reference broker at URL, mqtt://[user:password@]address[:port],\n"
    "until SIGTERM: MQTT 3.1, 3.1.1 and 5.0, for tests of clients and of the suite\n"
    "itself. It keeps everything in memory and forgets it at the end. With a user\n"
    "and a password only who names them may connect. Port 0 takes a free one. A line\n"
    "on standard error says when it is ready, and where.\n\n"
    "  --defect ID   breaks this requirement, in one of the ways that `mqspec list\n"
    "                --defects` names (v5:MQTT-3.3.1-12), or in all ways; may be\n"
    "                repeated\n"
    "  --variant NAME\n"
    "                uses this freedom of the standards, by `mqspec list\n"
    "                --variants`; may be repeated\n\n"
    "Exit status: 0 after SIGTERM or Ctrl-C; 2 for wrong usage, or an address where\n"
    "it cannot listen.\n\n"
    "Examples\n"
    "  mqspec serve mqtt://127.0.0.1\n"
    "  mqspec serve mqtt://127.0.0.1:18830 --defect v5:MQTT-3.3.1-12\n"
    "  mqspec serve mqtt://alice:secret@127.0.0.1:0\n";

struct serve {
    struct mqh_arena arena;
    const char **defects;
    size_t defect_count;
    struct mqh_model_limits limits;
};

static void say_ready(void *context, uint16_t port)
{
    const struct mqh_target *target = context;
    bool brackets = strchr(target->host, ':') != NULL;

    fprintf(stderr, "mqspec serve: ready at mqtt://%s%s%s:%u\n", brackets ? "[" : "", target->host,
            brackets ? "]" : "", (unsigned)port);
}

static bool parse_url(struct serve *serve, const char *url, struct mqh_target *out)
{
    static const struct mqh_target_options nothing;

    if (strncmp(url, "mqtt://", strlen("mqtt://")) != 0) {
        mqh_cli_complain("serve", "it speaks plain TCP only: mqtt://127.0.0.1:1883");
        return false;
    }
    return mqh_target_listen(&serve->arena, "serve", url, &nothing, out);
}

static bool break_model(struct serve *serve, struct mqh_model *model)
{
    size_t count;
    struct mqh_defect_entry *entries = mqh_defect_list(&count);
    bool good = true;

    for (size_t i = 0; good && i < serve->defect_count; i++) {
        bool found = false;

        for (size_t j = 0; j < count && good; j++)
            if (mqh_defect_is(&entries[j], serve->defects[i])) {
                found = true;
                good = mqh_model_break(model, entries[j].defect, entries[j].version);
            }
        if (!good)
            mqh_cli_complain("serve", "more than %d defects at once", MQH_DEFECTS_MAX);
        else if (!found)
            good = mqh_cli_complain("serve",
                                    "--defect %s: there is no such defect; "
                                    "mqspec list --defects names them",
                                    serve->defects[i]) == MQH_EXIT_OK;
    }
    free(entries);
    return good;
}

static int run(struct serve *serve, const char *url)
{
    struct mqh_target target;
    struct mqh_model *model;
    const char *why;
    int status = MQH_EXIT_USAGE;

    if (!parse_url(serve, url, &target))
        return MQH_EXIT_USAGE;
    if (target.user_name != NULL) {
        serve->limits.user_name = target.user_name;
        serve->limits.password = target.password;
    }
    model = mqh_model_new(&serve->limits);
    if (break_model(serve, model)) {
        if (mqh_serve(model, target.host, target.port, say_ready, &target, &why))
            status = MQH_EXIT_OK;
        else
            mqh_cli_complain("serve", "cannot listen at %s: %s", target.host, why);
    }
    mqh_model_free(model);
    return status;
}

static bool choose(struct serve *serve, const char *name)
{
    enum mqh_variant variant;

    if (!mqh_variant_find(name, &variant)) {
        mqh_cli_complain("serve",
                         "--variant %s: there is no such variant; "
                         "mqspec list --variants names them",
                         name);
        return false;
    }
    mqh_variant_choose(variant, &serve->limits);
    return true;
}

enum { DEFECT = MQH_OPTION, VARIANT };

int mqh_cli_serve(int argc, char **argv)
{
    static const struct option options[] = {
        {"defect", required_argument, NULL, DEFECT},
        {"variant", required_argument, NULL, VARIANT},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct serve serve = {.limits = mqh_model_defaults()};
    int status = MQH_EXIT_USAGE;
    bool good = true;
    int option;

    serve.defects = mqh_arena_alloc(&serve.arena, (size_t)argc * sizeof(char *));
    while (good && (option = mqh_option_next(argc, argv, ":h", options)) >= MQH_OPTION) {
        if (option == DEFECT)
            serve.defects[serve.defect_count++] = optarg;
        else
            good = choose(&serve, optarg);
    }
    if (!good) {
        status = MQH_EXIT_USAGE;
    } else if (option == 'h') {
        fputs(help, stdout);
        status = MQH_EXIT_OK;
    } else if (option == -1 && mqh_cli_has_url("serve", argc, argv)) {
        status = run(&serve, argv[optind]);
    }
    mqh_arena_free(&serve.arena);
    return status;
}
