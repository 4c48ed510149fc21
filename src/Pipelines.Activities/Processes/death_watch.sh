# Ends a task's program when its worker dies. The worker holds the other end of standard input and writes the number of the program's session,
# then "ended" when that has ended, or was never begun; its death is the end of the input without that line.
exec >/dev/null 2>&1
read -r session && [ "$session" != ended ] || exit
read -r ended && exit

# Programs such as timeout make process groups of their own, but stay in the session.
signal() {
    groups=" $session "
    for stat in /proc/[0-9]*/stat; do
        # The last line, as a program's name may hold line ends: "pid (name) state parent group session …".
        while read -r line; do last=${line##*) }; done <"$stat" || continue
        set -- "$1" $last
        [ "$5" = "$session" ] || continue
        case $groups in *" $4 "*) ;; *) groups="$groups$4 " ;; esac
    done
    for group in $groups; do kill -s "$1" -- "-$group"; done
}

signal TERM
sleep 1
# Twice: what was being started while we looked.
signal KILL
signal KILL
