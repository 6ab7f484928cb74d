# make            build/purser
# make run        packages, build, and a sandbox on 127.0.0.1:8080
# make test       packages, every test on SQLite and on a private PostgreSQL; "N passed, N failed"
# make check      format, floors, habits, two compilers, sanitizers, static analysis, requirements
# make unit T=…   the C tests whose sentence holds the words (BUILD=debug|asan|tsan)
# make lint       what check says in a second: format, floors, habits
# make fuzz       each reader for SECONDS=60, or one of them: T=json
# make bench fmt golden deps install deb clean

BUILD ?= release
B := build/$(BUILD)
PREFIX ?= /usr/local
VERSION := 0.1.0

WARN := -Wall -Wextra -Wformat=2 -Wconversion -Wsign-conversion -Wshadow -Wvla -Walloca -Wundef \
	-Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wnull-dereference \
	-Wdouble-promotion -Wfloat-equal -Wswitch-enum -Wimplicit-fallthrough -Wformat-nonliteral \
	-Werror=format-security -Werror=implicit -Werror=incompatible-pointer-types \
	-Werror=int-conversion -Werror=return-type
WARN_GCC := -Warith-conversion -Wduplicated-cond -Wlogical-op -Wjump-misses-init -Wtrampolines \
	-Wbidi-chars=any -Wformat-signedness -Wformat-overflow=2
HARD := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection=full -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing \
	-ftrivial-auto-var-init=zero -fPIE -fexceptions
SAN := -fno-omit-frame-pointer -fno-sanitize-recover=all

CC_release := gcc
CC_debug := gcc
CC_asan := clang
CC_tsan := clang
CC_mutant := gcc
CC_fuzz := clang
FLAGS_release := -O2 -g $(HARD) $(WARN_GCC)
FLAGS_debug := -O1 -g $(WARN_GCC) -fPIE
FLAGS_mutant := $(FLAGS_release) -DMUTANTS
FLAGS_asan := -O1 -gline-tables-only -fsanitize=address,undefined $(SAN) -DSANITIZED
FLAGS_tsan := -O1 -gline-tables-only -fsanitize=thread $(SAN) -DSANITIZED
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined $(SAN) -DSANITIZED
LINK_release := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed
LINK_debug := -pie
LINK_mutant := $(LINK_release)
LINK_asan := -fsanitize=address,undefined
LINK_tsan := -fsanitize=thread
LINK_fuzz := -fsanitize=fuzzer,address,undefined

CC := $(CC_$(BUILD))
WERROR ?= -Werror
INCLUDES := -Isrc -Ibuild/llhttp/usr/share/include/llhttp \
	-isystem $(shell pg_config --includedir 2>/dev/null || echo /usr/include/postgresql)
CFLAGS := -std=gnu11 -D_GNU_SOURCE -DPURSER_VERSION='"$(VERSION)"' -DLLHTTP_STRICT_MODE=1 \
	-pthread $(INCLUDES) $(FLAGS_$(BUILD))
LDLIBS := -luv -lsqlite3 -lpq -lcurl -lssl -lcrypto -lz -lhpdf -lm -pthread

ALL_C := $(sort $(wildcard src/*/*.c))
TEST_C := $(filter %_test.c src/app/test_main.c src/base/test.c src/db/scratch.c src/db/pg_scratch.c,$(ALL_C))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
LIB_C := $(filter-out $(TEST_C) src/app/main.c,$(ALL_C))
LLHTTP_C := llhttp api http

obj = $(patsubst src/%.c,$(B)/%.o,$(1))
# Defects are planted in a few files, and change no struct; the others are the release's own
# objects.
ifeq ($(BUILD),mutant)
PLANTED := $(shell grep -lwE 'MUTANTS?' src/*/*.c)
obj = $(patsubst src/%.c,$(B)/%.o,$(filter $(PLANTED),$(1))) \
	$(patsubst src/%.c,build/release/%.o,$(filter-out $(PLANTED),$(1)))
build/release/%.o: src/%.c
	@$(MAKE) -s BUILD=release $@
-include $(wildcard build/release/*/*.d)
endif
LIB_O := $(call obj,$(LIB_C)) $(LLHTTP_C:%=$(B)/llhttp/%.o) $(B)/embed.o
FORMATTED := $(filter-out src/base/html.h,$(ALL_C) $(wildcard src/*/*.h tests/fuzz/*.[ch] bench/*.c))
# What invoices are set in (package fonts-dejavu-core).
FACES := $(addprefix /usr/share/fonts/truetype/dejavu/,DejaVuSans.ttf DejaVuSans-Bold.ttf)
EMBEDDED := $(sort $(FACES) $(wildcard schema/*.sql src/sandbox/schema/*.sql src/sandbox/stripe/*.json assets/* \
	demo/*))

.PHONY: always all run test check unit lint bench fuzz fuzzers fmt golden deps install deb clean
all: build/purser

build/purser: $(B)/purser
	@cp -f $< $@

$(B)/purser: $(LIB_O) $(B)/app/main.o
	$(CC) $(LINK_$(BUILD)) -o $@ $^ $(LDLIBS)

$(B)/test: $(LIB_O) $(call obj,$(TEST_C))
	$(CC) $(LINK_$(BUILD)) -o $@ $^ $(LDLIBS) -ljansson

$(B)/%.o: src/%.c | build/llhttp/ready
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) $(WERROR) -MMD -MP -c -o $@ $<

$(B)/llhttp/%.o: build/llhttp/ready
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -w -c -o $@ build/llhttp/usr/share/llhttp/$*.c

# The schema, the assets (named by their hash, with a compressed twin), the demo catalogue and the
# faces of invoices are part of the program.
$(B)/embed.o: $(EMBEDDED) tools/embed.sh $(B)/gen/embedded.txt
	@mkdir -p $(B)/gen
	tools/embed.sh $(B)/gen $(EMBEDDED)
	$(CC) $(CFLAGS) -c -o $@ $(B)/gen/embed.c

# A file that came or went is a change too.
$(B)/gen/embedded.txt: always
	@mkdir -p $(@D)
	@echo '$(EMBEDDED)' | cmp -s - $@ || echo '$(EMBEDDED)' >$@

# Debian 12 ships llhttp only inside Node's package; it is unpacked here, not installed.
build/llhttp/ready:
	tools/llhttp.sh build/llhttp

# BUILD=fuzz makes fuzzers; any other build makes programs that run the files they are given.
$(FUZZERS:%=$(B)/%): $(B)/%: tests/fuzz/%.c $(LIB_O) tests/fuzz/replay.c tests/fuzz/fake.h
	$(CC) $(CFLAGS) $(WARN) $(LINK_$(BUILD)) -o $@ $(filter-out %.h $(if $(filter fuzz,$(BUILD)), \
		tests/fuzz/replay.c),$^) $(LDLIBS) -ljansson
fuzzers: $(FUZZERS:%=$(B)/%)

# For `make bench`: what one layer alone can do, orders to be paid, a gateway.
$(B)/%_bench: bench/%_bench.c $(LIB_O)
	$(CC) $(CFLAGS) $(WARN) $(WERROR) $(LINK_$(BUILD)) -o $@ $^ $(LDLIBS)

unit: $(B)/test
	$(B)/test $(T)

run test check bench fuzz deps:
	@T="$(T)" SECONDS_EACH="$(SECONDS)" tools/$@.sh

lint:
	@clang-format --dry-run -Werror $(FORMATTED)
	@tools/floors.sh && tools/tidy.pl

fmt:
	clang-format -i $(FORMATTED)

golden: $(B)/test
	GOLDEN=write $(B)/test $(T)

install: build/purser
	install -D -m 755 build/purser $(DESTDIR)$(PREFIX)/bin/purser
	install -D -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/purser/README.md

deb: build/purser
	tools/deb.sh $(VERSION)

clean:
	rm -rf build

-include $(wildcard $(B)/*/*.d)
