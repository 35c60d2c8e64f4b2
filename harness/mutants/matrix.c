/*
 * The kill matrix: how many defects there are and how many were killed, by chapter of the standards
 * and version.
 */
#include "harness/mutants/report.h"

enum { CHAPTERS_MAX = 64, CHAPTER_SIZE = 8, VERSIONS = MQC_V5 + 1 };

struct chapter {
    char name[CHAPTER_SIZE];
    unsigned defects[VERSIONS];
    unsigned killed[VERSIONS];
};

struct matrix {
    struct chapter chapters[CHAPTERS_MAX];
    size_t count;
};

/* "MQTT-3.8.3-2" and "X5-3.8.3.1-1" are of chapter 3.8, "X31-A-2" of A. */
static void name_chapter(const char *id, char name[CHAPTER_SIZE])
{
    const char *at = strchr(id, '-') + 1;
    size_t dots = 0;
    size_t n = 0;

    while (n + 1 < CHAPTER_SIZE && at[n] != '\0' && at[n] != '-' && (dots += at[n] == '.') < 2) {
        name[n] = at[n];
        n++;
    }
    name[n] = '\0';
}

/* 3.2 stands before 3.10. */
static int compare(const char *a, const char *b)
{
    unsigned x[2] = {99, 0};
    unsigned y[2] = {99, 0};

    sscanf(a, "%u.%u", &x[0], &x[1]);
    sscanf(b, "%u.%u", &y[0], &y[1]);
    if (x[0] != y[0])
        return x[0] < y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1] ? 1 : strcmp(a, b);
}

/* Its place in order; NULL if there are too many. */
static struct chapter *find(struct matrix *matrix, const char *name)
{
    size_t i = 0;

    while (i < matrix->count && compare(matrix->chapters[i].name, name) < 0)
        i++;
    if (i < matrix->count && strcmp(matrix->chapters[i].name, name) == 0)
        return &matrix->chapters[i];
    if (matrix->count == CHAPTERS_MAX)
        return NULL;
    memmove(&matrix->chapters[i + 1], &matrix->chapters[i],
            (matrix->count - i) * sizeof(matrix->chapters[i]));
    matrix->count++;
    matrix->chapters[i] = (struct chapter){0};
    memcpy(matrix->chapters[i].name, name, CHAPTER_SIZE);
    return &matrix->chapters[i];
}

static void show_cell(FILE *out, unsigned killed, unsigned defects)
{
    char text[32] = "";

    if (defects > 0)
        snprintf(text, sizeof(text), "%u/%u", killed, defects);
    fprintf(out, " %9s", text);
}

void mqh_mutants_show_matrix(FILE *out, const struct mqh_mutant *mutants, size_t count)
{
    struct matrix matrix = {.count = 0};

    for (size_t i = 0; i < count; i++) {
        char name[CHAPTER_SIZE];
        struct chapter *chapter;

        if (mutants[i].kind != MQH_MUTANT_DEFECT)
            continue;
        name_chapter(mutants[i].defect->id, name);
        chapter = find(&matrix, name);
        if (chapter == NULL)
            continue;
        chapter->defects[mutants[i].defect->version]++;
        chapter->killed[mutants[i].defect->version] += mutants[i].kills > 0 ? 1 : 0;
    }
    fprintf(out, "%-8s %9s %9s %9s   defects killed, by chapter and version\n", "chapter",
            mqc_version_name(MQC_V31), mqc_version_name(MQC_V311), mqc_version_name(MQC_V5));
    for (size_t i = 0; i < matrix.count; i++) {
        const struct chapter *chapter = &matrix.chapters[i];

        fprintf(out, "%-8s", chapter->name);
        for (enum mqc_version v = MQC_V31; v <= MQC_V5; v++)
            show_cell(out, chapter->killed[v], chapter->defects[v]);
        fputc('\n', out);
    }
}
