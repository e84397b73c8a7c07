#!/usr/bin/env escript
%% Erlang/OTP: a process that counts, on one scheduler. The same load as trial.mjs, by the time of the emulator's own
%% runtime; what a process takes is what the emulator says of it.
-mode(compile).

main(_) ->
    Tell = rate(fun tell/1, 1000000),
    Ask = rate(fun ask/1, 200000),
    Spawn = rate(fun spawn/1, 100000),
    Bytes = weight(),
    io:format("{\"tell\":~b,\"ask\":~b,\"spawn\":~b,\"bytes\":~b}~n", [Tell, Ask, Spawn, Bytes]).

rate(Work, Count) ->
    Work(Count),
    Rates = [once(Work, Count) || _ <- lists:seq(1, 5)],
    round(lists:nth(3, lists:sort(Rates))).

once(Work, Count) ->
    {Before, _} = statistics(runtime),
    Count = Work(Count),
    {After, _} = statistics(runtime),
    Count / (max(1, After - Before) / 1000).

counter(State) ->
    receive
        add -> counter(State + 1);
        {ask, From} -> From ! {is, State + 1}, counter(State + 1);
        {read, From} -> From ! {is, State}, counter(State);
        stop -> ok
    end.

answer() -> receive {is, Count} -> Count end.

tell(N) ->
    Pid = erlang:spawn(fun() -> counter(0) end),
    [Pid ! add || _ <- lists:seq(1, N)],
    Pid ! {read, self()},
    Count = answer(),
    Pid ! stop,
    Count.

ask(N) ->
    Pid = erlang:spawn(fun() -> counter(0) end),
    Count = lists:foldl(fun(_, _) -> Pid ! {ask, self()}, answer() end, 0, lists:seq(1, N)),
    Pid ! stop,
    Count.

spawn(N) ->
    Pids = [erlang:spawn(fun() -> counter(0) end) || _ <- lists:seq(1, N)],
    [Pid ! {ask, self()} || Pid <- Pids],
    Count = lists:sum([answer() || _ <- Pids]),
    [Pid ! stop || Pid <- Pids],
    Count.

weight() ->
    Pid = erlang:spawn(fun() -> counter(0) end),
    Pid ! {ask, self()},
    answer(),
    {memory, Bytes} = process_info(Pid, memory),
    Bytes.
