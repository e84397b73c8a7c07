#!/usr/bin/env escript
%%! +S 1:1
%% Erlang/OTP on one scheduler: an actor is a process. The numbers are those of rounds.ts, and so is the last line.
-mode(compile).

-define(ROUNDS, 10).
-define(TELLS, 100000).
-define(ASKS, 20000).
-define(WINDOW, 64).
-define(ACTORS, 60000).

main(_) ->
    One = spawn(fun() -> counter(0) end),
    Tell = best(?TELLS, fun() -> tell(One) end),
    Ask = best(?ASKS, fun() -> ask(One, 0, 0, ?ASKS, 0) end),
    stop(start(?ACTORS div 10)),
    Before = processes_bytes(),
    {Micros, Actors} = timer:tc(fun() -> start(?ACTORS) end),
    Bytes = (processes_bytes() - Before) / length(Actors),
    io:format("{\"tell\":~f,\"ask\":~f,\"spawn\":~f,\"bytes\":~f}~n", [Tell, Ask, ?ACTORS * 1.0e6 / Micros, Bytes]).

counter(Counted) ->
    receive
        count -> counter(Counted + 1);
        {counted, From} -> From ! {counted, self(), Counted}, counter(Counted);
        {double, From, Body} -> From ! {answer, Body, 2 * Body}, counter(Counted);
        stop -> ok
    end.

counted(Actor) ->
    Actor ! {counted, self()},
    receive {counted, Actor, Counted} -> Counted end.

tell(One) ->
    Before = counted(One),
    [One ! count || _ <- lists:seq(1, ?TELLS)],
    counted(One) - Before.

%% Next question, questions under way, questions in all, right answers.
ask(_, All, 0, All, Right) -> Right;
ask(One, Next, Under, All, Right) when Next < All, Under < ?WINDOW ->
    One ! {double, self(), Next},
    ask(One, Next + 1, Under + 1, All, Right);
ask(One, Next, Under, All, Right) ->
    receive {answer, Body, Answer} when Answer =:= 2 * Body -> ask(One, Next, Under - 1, All, Right + 1) end.

start(Number) ->
    Actors = [begin Actor = spawn(fun() -> counter(0) end), Actor ! count, Actor end || _ <- lists:seq(1, Number)],
    [1 = counted(Actor) || Actor <- Actors],
    Actors.

stop(Actors) ->
    [Actor ! stop || Actor <- Actors].

best(Work, Run) ->
    lists:max([begin {Micros, Work} = timer:tc(Run), Work * 1.0e6 / Micros end || _ <- lists:seq(1, ?ROUNDS)]).

processes_bytes() ->
    [erlang:garbage_collect(Process) || Process <- processes()],
    erlang:memory(processes).
