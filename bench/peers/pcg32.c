/* The minimal C implementation of PCG32 (M. E. O'Neill, pcg-random.org), timed: nanoseconds of CPU for a number, and the
 * last number, so that nothing is left out by the compiler. Argument: how many numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 65535
static uint32_t out[BATCH];

int main(int argc, char **argv) {
  long rounds = (argc > 1 ? atol(argv[1]) : 100000000L) / BATCH + 1;
  const uint64_t increment = (54u << 1u) | 1u;
  uint64_t state = (increment + 42u) * 6364136223846793005ULL + increment;
  clock_t since = clock();
  for (long round = 0; round < rounds; round++) {
    for (int at = 0; at < BATCH; at++) {
      uint64_t old = state;
      state = old * 6364136223846793005ULL + increment;
      uint32_t mixed = (uint32_t)(((old >> 18u) ^ old) >> 27u);
      uint32_t turn = (uint32_t)(old >> 59u);
      out[at] = (mixed >> turn) | (mixed << ((-turn) & 31));
    }
    if (round == 0) printf("%" PRIu32 " ", out[0]);
  }
  double ns = 1e9 * (double)(clock() - since) / CLOCKS_PER_SEC;
  printf("%.4f %" PRIu32 "\n", ns / ((double)rounds * BATCH), out[BATCH - 1]);
  return 0;
}
