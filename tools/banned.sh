#!/bin/bash
# banned.sh [FOLDER OF OBJECTS]: what our objects may not ask of libraries, and where they may not
# keep anything.  Reads objects, not source, so that no macro hides a call.
set -euo pipefail
cd "$(dirname "$0")/.."
objects=${1:-build/release}

# function,function: the objects that may use it ("-": none).  Each line has its reason.
rules='gets,strcpy,strcat,strncpy,strncat,sprintf,vsprintf,strtok,strtok_r,alloca -    # lengths
atoi,atol,atoll,atof,strtol,strtoul,strtoll,strtoull,strtod,sscanf,scanf,fscanf -      # str_to_i64
rand,srand,random,srandom,drand48,rand_r,arc4random -                                  # seeds replay
getrandom,getentropy,RAND_bytes,RAND_priv_bytes base/id base/crypto
system,popen,execl,execv,execve,execvp,fork,vfork -                                    # no other program
tmpnam,tempnam,mktemp -
localtime,gmtime,localtime_r,gmtime_r,mktime,ctime,asctime,strftime,timegm -           # base/clock.h
time,clock_gettime,gettimeofday,timespec_get base/clock
strlen,strnlen base/str
setjmp,_setjmp,__sigsetjmp,longjmp base/test
pthread_create,thrd_create db/ web/ app/ base/log sandbox/                             # nowhere else
uv_loop_init,uv_run,timer_create,timerfd_create,setitimer,alarm db/ web/ app/ base/test
sleep,usleep,nanosleep,clock_nanosleep,poll,select db/ web/ app/ net/ base/log
malloc,calloc,realloc,free,strdup,aligned_alloc base/ db/ web/ net/ edge/ sandbox/ sim/ app/ catalog/catalog_now
getenv,secure_getenv base/config base/fault base/test app/
abort base/must
exit,_exit,quick_exit app/ db/ web/ base/fault base/test                               # R86, R89
curl_easy_perform net/
sqlite3_step,sqlite3_exec,PQexec,PQsendQueryParams,PQsendQueryPrepared db/'

failed=0
while read -r object; do
    name=${object#"$objects"/}
    name=${name%.o}
    # __strcpy_chk is strcpy with a belt; __isoc99_sscanf is sscanf.
    nm -u "$object" | awk '{ sub(/@.*/, "", $2); sub(/^__isoc99_/, "", $2)
        if ($2 ~ /^__.*_chk$/) { sub(/^__/, "", $2); sub(/_chk$/, "", $2) } print $2 }' |
        awk -v object="$name" -v rules="$rules" '
        BEGIN {
            n = split(rules, rule, "\n")
            for (i = 1; i <= n; i++) {
                sub(/ *#.*/, "", rule[i])
                split(rule[i], word, " ")
                m = split(word[1], f, ",")
                for (j = 1; j <= m; j++) {
                    allowed[f[j]] = " " rule[i]
                    sub(/^ [^ ]+/, "", allowed[f[j]])
                }
            }
        }
        $1 in allowed {
            k = split(allowed[$1], place, " ")
            ok = 0
            for (j = 1; j <= k; j++)
                if (index(object, place[j]) == 1) ok = 1
            if (!ok) { print object ".c: " $1 " is banned here; it belongs to:" allowed[$1]; bad = 1 }
        }
        END { exit bad }' || failed=1
    # Whatever can change and outlives a piece of work: .data, .bss, thread-local storage.
    # Constant tables lie in .rodata and .data.rel.ro.  base/test and base/fault are the exceptions.
    case $name in base/test | base/fault) continue ;; esac
    objdump -t "$object" | awk -v object="$name" '
        / \.t?(data|bss)[.\t]/ && !/ d / && !/\.data\.rel\.ro/ {
            print object ".c: " $NF " is static and can change"; bad = 1 }
        $0 ~ /\*COM\*/ { print object ".c: " $NF " is static and can change"; bad = 1 }
        END { exit bad }' || failed=1
done < <(find "$objects" -path "$objects/llhttp" -prune -o -name '*.o' ! -name '*_test.o' ! -name '*scratch.o' \
    ! -name embed.o ! -name test_main.o -print | sort)
exit $failed
