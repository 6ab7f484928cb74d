/* Runs the files it is given through a fuzzer's door, without libFuzzer: the committed inputs and
 * past crashes, in every `make test`. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *data = malloc(1 << 20);
    if (data == NULL)
        abort();
    size_t n = fread(data, 1, 1 << 20, f);
    fclose(f);
    /* A block of exactly n bytes, so that a read past the input is seen. */
    uint8_t *exact = realloc(data, n > 0 ? n : 1);
    if (exact == NULL)
        abort();
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= run_file(argv[i]);
    return failed;
}
