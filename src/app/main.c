#include <stdio.h>

int main(void)
{
    printf("purser %s\n", PURSER_VERSION);
    return 0;
}
