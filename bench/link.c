// link: a bad network between two network namespaces, in user space (TUN), for kernels without netem.
//   link NS_A NS_B [delay ms one way] [loss %] [rate Mbit/s, 0 = none] [queue ms]
// Devices: lk0 in NS_A, lk1 in NS_B (addresses are set by link.mjs). Commands on stdin, one a line:
//   delay MS | loss PCT | rate MBIT | down | up | forget (flows seen so far go dark for ever, as behind a NAT that lost its table) | stats
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

typedef struct { int64_t due; int len; uint8_t data[1600]; } Packet;
#define SLOTS 65536
typedef struct { Packet *ring; uint32_t head, tail; int64_t freeAt; int out; uint64_t passed, lost, dropped, bytes; } Way;

static double lossPct; static int64_t delayNs, queueNs; static double rateMbit; static int down;
#define FLOWS 65536
static uint8_t dark[FLOWS], known[FLOWS];

static int64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
static uint64_t seed = 88172645463325252ULL;
static double rnd(void) { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; return (seed >> 11) * (1.0 / 9007199254740992.0); }

static int tun(const char *ns, const char *name) {
  char path[128]; snprintf(path, sizeof path, "/var/run/netns/%s", ns);
  int home = open("/proc/self/ns/net", O_RDONLY), there = open(path, O_RDONLY);
  if (there < 0 || setns(there, CLONE_NEWNET)) { perror(path); exit(1); }
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  struct ifreq r; memset(&r, 0, sizeof r); r.ifr_flags = IFF_TUN | IFF_NO_PI; strncpy(r.ifr_name, name, IFNAMSIZ - 1);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &r)) { perror("tun"); exit(1); }
  setns(home, CLONE_NEWNET); close(there); close(home); return fd;
}

/** Symmetric hash of a TCP/UDP flow, so that both ways share a slot; 0 for anything else. */
static uint32_t flow(const uint8_t *p, int len) {
  if (len < 28 || (p[0] >> 4) != 4 || (p[9] != 6 && p[9] != 17)) return 0;
  int ihl = (p[0] & 15) * 4; uint32_t a, b; uint16_t sp, dp;
  memcpy(&a, p + 12, 4); memcpy(&b, p + 16, 4); memcpy(&sp, p + ihl, 2); memcpy(&dp, p + ihl + 2, 2);
  uint32_t h = (a ^ b) * 2654435761u ^ (uint32_t)(sp + dp) * 40503u ^ (uint32_t)(sp ^ dp) * 2246822519u;
  return 1 + h % (FLOWS - 1);
}

static void take(int fd, Way *w) {
  for (int i = 0; i < 64; i++) {
    if ((uint32_t)(w->tail - w->head) >= SLOTS) return;
    Packet *p = &w->ring[w->tail % SLOTS]; p->len = read(fd, p->data, sizeof p->data);
    if (p->len <= 0) return;
    uint32_t f = flow(p->data, p->len); if (f) known[f] = 1;
    if (down || (f && dark[f]) || rnd() * 100 < lossPct) { w->lost++; continue; }
    int64_t t = now(), start = w->freeAt > t ? w->freeAt : t;
    if (rateMbit > 0) { if (start - t > queueNs) { w->dropped++; continue; } w->freeAt = start + (int64_t)(p->len * 8000.0 / rateMbit); } else w->freeAt = t;
    p->due = w->freeAt + delayNs; w->tail++; w->passed++; w->bytes += p->len;
  }
}
static int64_t give(Way *w) { // ns until the next packet is due, or -1
  int64_t t = now();
  while (w->head != w->tail) {
    Packet *p = &w->ring[w->head % SLOTS];
    if (p->due > t) return p->due - t;
    if (write(w->out, p->data, p->len) < 0 && errno == EAGAIN) return 100000;
    w->head++;
  }
  return -1;
}
int main(int c, char **v) {
  if (c < 3) { fprintf(stderr, "link NS_A NS_B [delay ms] [loss %%] [rate Mbit/s] [queue ms]\n"); return 2; }
  delayNs = (c > 3 ? atof(v[3]) : 0) * 1e6; lossPct = c > 4 ? atof(v[4]) : 0; rateMbit = c > 5 ? atof(v[5]) : 0; queueNs = (c > 6 ? atof(v[6]) : 100) * 1e6;
  int a = tun(v[1], "lk0"), b = tun(v[2], "lk1");
  Way ab = { calloc(SLOTS, sizeof(Packet)), 0, 0, 0, b, 0, 0, 0, 0 }, ba = { calloc(SLOTS, sizeof(Packet)), 0, 0, 0, a, 0, 0, 0, 0 };
  printf("ready\n"); fflush(stdout);
  struct pollfd fds[3] = { { a, POLLIN, 0 }, { b, POLLIN, 0 }, { 0, POLLIN, 0 } };
  for (;;) {
    int64_t x = give(&ab), y = give(&ba), wait = x < 0 ? y : y < 0 ? x : x < y ? x : y;
    struct timespec ts = { wait / 1000000000, wait % 1000000000 };
    ppoll(fds, 3, wait < 0 ? NULL : &ts, NULL);
    if (fds[0].revents & POLLIN) take(a, &ab);
    if (fds[1].revents & POLLIN) take(b, &ba);
    if (fds[2].revents & (POLLIN | POLLHUP)) {
      char line[64]; int n = read(0, line, sizeof line - 1); if (n <= 0) return 0; line[n] = 0; double d;
      if (sscanf(line, "delay %lf", &d) == 1) delayNs = d * 1e6; else if (sscanf(line, "loss %lf", &d) == 1) lossPct = d; else if (sscanf(line, "rate %lf", &d) == 1) rateMbit = d;
      else if (!strncmp(line, "down", 4)) down = 1; else if (!strncmp(line, "up", 2)) down = 0;
      else if (!strncmp(line, "forget", 6)) { for (int i = 0; i < FLOWS; i++) if (known[i]) dark[i] = 1; memset(known, 0, sizeof known); }
      printf("a->b %lu passed %lu lost %lu over the queue %lu bytes; b->a %lu passed %lu lost %lu over the queue %lu bytes\n", ab.passed, ab.lost, ab.dropped, ab.bytes, ba.passed, ba.lost, ba.dropped, ba.bytes); fflush(stdout);
    }
  }
}
