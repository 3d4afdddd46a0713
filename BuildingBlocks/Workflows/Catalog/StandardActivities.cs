using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>
/// Elsa's standard activities: those the engine runs, and those it knows by name only (publishing refuses them).
/// Texts are English sentences and the keys of their translations.
/// </summary>
public static class StandardActivities
{
    private const string Flow = "Flow", Branching = "Branching", Looping = "Looping", Primitives = "Primitives", Scheduling = "Scheduling", Composition = "Composition", Console = "Console", Http = "HTTP";

    /// <summary>Our own beside Cron: a schedule by the Jalali or Gregorian calendar.</summary>
    public const string CalendarType = "Crm.CalendarSchedule";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ActivityDescriptor> Descriptors { get; } =
    [
        Engine("Flowchart", Flow, "Flowchart", "Activities and the arrows between them.") with { IsContainer = true, IsBrowsable = false },
        Engine("Sequence", Flow, "Sequence", "Runs activities one after another.") with { IsContainer = true, IsBrowsable = false },
        Engine("Parallel", Flow, "Parallel", "Runs activities side by side.") with { IsContainer = true, IsBrowsable = false },
        Engine("FlowNode", Flow, "Flow node", "Runs the activity inside it.") with { Ports = [Embedded("Body"), new("Done")], IsBrowsable = false },
        Engine("Start", Flow, "Start", "Where a flowchart begins.") with { IsStart = true },
        Engine("End", Flow, "End", "Ends the flowchart around it.") with { IsTerminal = true },
        Engine("Finish", Primitives, "Finish", "Ends the whole routine at once."),
        Engine("Complete", Primitives, "Complete", "Ends the routine with outcomes.") with { Inputs = [List("Outcomes", "Outcomes", "Outcomes the routine ends with.")] },
        Engine("Fault", Primitives, "Fault", "Stops this branch with an incident.") with
        {
            Inputs =
            [
                Text("Code", "Code", "Code of the fault."),
                Text("Category", "Category", "Group of the fault."),
                Text("FaultType", "Fault type", "Kind of the fault."),
                Text("Message", "Message", "What went wrong.") with { UIHint = "multiline" },
            ],
        },

        Engine("If", Branching, "If", "Runs one of two activities.") with
        {
            Inputs = [Condition()],
            Outputs = [new("Result", "Boolean", "Result", "What the condition gave.")],
            Ports = [Embedded("Then"), Embedded("Else"), new("Done")],
        },
        Engine("FlowDecision", Branching, "Decision", "Goes on by True or False.") with { Inputs = [Condition()], Ports = [new("True"), new("False")] },
        Engine("FlowSwitch", Branching, "Switch", "Goes on by the case that fits.") with
        {
            Inputs = [new() { Name = "Cases", TypeName = "Elsa.Workflows.Activities.Flowchart.Models.FlowSwitchCase[]", DisplayName = "Cases", Description = "Each case is an outcome.", UIHint = "flow-switch-editor", IsWrapped = false, AutoEvaluate = false }, SwitchMode()],
            Ports = [new("Default")],
        },
        Engine("Switch", Branching, "Switch (container)", "Runs the activity of the case that fits.") with
        {
            Inputs = [new() { Name = "Cases", TypeName = "Object", DisplayName = "Cases", UIHint = "switch-editor", IsWrapped = false, AutoEvaluate = false }, SwitchMode()],
            Ports = [Embedded("Default"), new("Done")],
            IsBrowsable = false,
        },
        Engine("FlowFork", Branching, "Fork", "Goes on by all its branches at once.") with { Inputs = [List("Branches", "Parallel branches", "Each branch is an outcome.") with { UIHint = "dynamic-outcomes" }], OutcomesInput = "Branches" },
        Engine("FlowJoin", Branching, "Join", "Brings branches together again.") with
        {
            Inputs =
            [
                new()
                {
                    Name = "Mode", TypeName = "Elsa.Workflows.Activities.Flowchart.Models.FlowJoinMode, Elsa.Workflows.Core", DisplayName = "Mode", Description = "Wait for all branches, or go on with the first.", UIHint = "dropdown", DefaultValue = "WaitAny",
                    Options = [new("Go on with the first", "WaitAny"), new("Wait for all", "WaitAll"), new("Wait for all that run", "WaitAllActive")],
                },
            ],
        },
        Engine("Fork", Branching, "Fork (container)", "Runs branches side by side.") with
        {
            Inputs = [new() { Name = "JoinMode", TypeName = "String", DisplayName = "Join mode", UIHint = "dropdown", DefaultValue = "WaitAll", IsWrapped = false, Options = [new("Wait for all", "WaitAll"), new("Go on with the first", "WaitAny")] }],
            Ports = [Embedded("Branches"), new("Done")],
            IsBrowsable = false,
        },

        Engine("ForEach", Looping, "For each", "Runs an activity for every item of a list, one after another.") with
        {
            Inputs = [List("Items", "Items", "The list.") with { TypeName = "Object[]", UIHint = "json-editor", AutoEvaluate = false }],
            Outputs = [CurrentValue()],
            Ports = [Embedded("Body"), new("Done")],
        },
        Engine("ParallelForEach", Looping, "For each, side by side", "Runs an activity for every item of a list, all at once.") with
        {
            Inputs = [List("Items", "Items", "The list.") with { TypeName = "Object[]", UIHint = "json-editor" }],
            Ports = [Embedded("Body"), new("Done")],
        },
        Engine("While", Looping, "While", "Runs an activity as long as a condition holds.") with { Inputs = [Condition() with { AutoEvaluate = false }], Ports = [Embedded("Body"), new("Done")] },
        Engine("For", Looping, "For", "Runs an activity for every number from start to end.") with
        {
            Inputs =
            [
                Number("Start", "Start", "First number.", 0) with { AutoEvaluate = false },
                Number("End", "End", "Last number.", 0) with { AutoEvaluate = false },
                Number("Step", "Step", "How far one step goes.", 1) with { AutoEvaluate = false },
                new() { Name = "OuterBoundInclusive", TypeName = "Boolean", DisplayName = "End included", Description = "Whether the last number counts too.", UIHint = "checkbox", DefaultValue = true, AutoEvaluate = false },
            ],
            Outputs = [CurrentValue()],
            Ports = [Embedded("Body"), new("Done")],
        },
        Engine("Break", Looping, "Break", "Leaves the loop around it.") with { IsTerminal = true },

        Engine("SetVariable", Primitives, "Set variable", "Gives a variable a value.") with
        {
            Inputs =
            [
                new() { Name = "Variable", TypeName = "Elsa.Workflows.Memory.Variable, Elsa.Workflows.Core", DisplayName = "Variable", Description = "The variable.", UIHint = "variable-picker", IsWrapped = false, IsRequired = true, AutoEvaluate = false },
                new() { Name = "Value", TypeName = "Object", DisplayName = "Value", Description = "Its new value.", UIHint = "singleline", DefaultSyntax = "JavaScript" },
            ],
        },
        Engine("SetOutput", Primitives, "Set output", "Gives an output of the routine a value.") with
        {
            Inputs =
            [
                Text("OutputName", "Output", "Name of the output.") with { UIHint = "output-picker", IsRequired = true },
                new() { Name = "OutputValue", TypeName = "Object", DisplayName = "Value", Description = "Its value." },
            ],
        },
        Engine("SetName", Primitives, "Set name", "Names the job.") with { Inputs = [Text("Value", "Name", "The job's name.")] },
        Engine("Correlate", Primitives, "Correlate", "Says what the job belongs to.") with { Inputs = [Text("CorrelationId", "Correlation id", "What the job belongs to.") with { IsRequired = true }] },
        Engine("WriteLine", Console, "Write line", "Writes a line into the journal.") with { Inputs = [Text("Text", "Text", "The line.")] },

        Engine("Delay", Scheduling, "Delay", "Waits for a while.") with { Inputs = [Span("TimeSpan", "Time span", "How long, as days.hours:minutes:seconds.")] },
        Trigger("Timer", Scheduling, "Timer", "Starts or goes on after an interval.") with { Inputs = [Span("Interval", "Interval", "How long, as days.hours:minutes:seconds.")] },
        Trigger("StartAt", Scheduling, "Start at", "Starts or goes on at a moment.") with { Inputs = [new() { Name = "DateTime", TypeName = "DateTimeOffset", DisplayName = "Moment", Description = "When.", UIHint = "datetime-picker", IsRequired = true }] },
        Trigger("Cron", Scheduling, "Cron", "Starts or goes on by a schedule.") with { Inputs = [Text("CronExpression", "Cron expression", "Minute, hour, day, month and weekday; with a sixth field in front, seconds.") with { IsRequired = true }] },
        Trigger("Calendar", Scheduling, "Calendar schedule", "Starts or goes on by days of the Jalali or Gregorian calendar.") with
        {
            TypeName = CalendarType,
            Inputs =
            [
                new() { Name = "Calendar", TypeName = "String", DisplayName = "Calendar", Description = "Whose days and months are meant.", UIHint = "dropdown", DefaultValue = "Jalali", IsRequired = true, Options = [new("Jalali", "Jalali"), new("Gregorian", "Gregorian")] },
                Text("Times", "Times of day", "One or several, as 08:00, 14:30; in the company's zone.") with { IsRequired = true },
                Text("Days", "Days of the month", "Empty for every day; else as 1, 15, L. L is the last day of the month, L-2 two days before it, 1-7 a stretch."),
                Text("Months", "Months of the year", "Empty for every month; else numbers as 1, 7-12."),
                new() { Name = "Weekdays", TypeName = "String[]", DisplayName = "Weekdays", Description = "Empty for every weekday. With days of the month both must fit.", UIHint = "checklist", DefaultSyntax = "Object", Options = [new("Saturday", "sat"), new("Sunday", "sun"), new("Monday", "mon"), new("Tuesday", "tue"), new("Wednesday", "wed"), new("Thursday", "thu"), new("Friday", "fri")] },
            ],
        },

        Trigger("Event", Primitives, "Event", "Starts or goes on when an event is published.") with
        {
            Inputs = [Text("EventName", "Event name", "Name of the event.") with { IsRequired = true }],
            Outputs = [new("Result", "Object", "Result", "What the event brought.")],
        },
        Engine("PublishEvent", Primitives, "Publish event", "Publishes an event.") with
        {
            Inputs =
            [
                Text("EventName", "Event name", "Name of the event.") with { IsRequired = true },
                Text("CorrelationId", "Correlation id", "Only to jobs that belong to this."),
                new() { Name = "IsLocalEvent", TypeName = "Boolean", DisplayName = "Only this job", Description = "Whether only this job gets it.", UIHint = "checkbox" },
                new() { Name = "Payload", TypeName = "Object", DisplayName = "Payload", Description = "What it brings.", UIHint = "json-editor" },
            ],
        },
        Engine("RunTask", Primitives, "Run task", "Asks the outside for a task and waits for its result.") with
        {
            Kind = ActivityKind.Task,
            Inputs = [Text("TaskName", "Task name", "Name of the task.") with { IsRequired = true }, new() { Name = "Payload", TypeName = "Object", DisplayName = "Payload", Description = "What it is about.", UIHint = "json-editor" }],
            Outputs = [new("Result", "Object", "Result", "What the task gave.")],
        },
        Child("ExecuteWorkflow", "Execute routine", "Runs another routine, and waits for its end when asked to."),
        Child("DispatchWorkflow", "Dispatch routine", "Starts another routine in the background, and waits for its end when asked to."),

        Engine("BulkDispatchWorkflows", Composition, "Bulk dispatch routines", "Starts another routine once for every item of a list, and waits for all of them when asked to.") with
        {
            Inputs =
            [
                Text("WorkflowDefinitionId", "Routine", "The routine to start.") with { UIHint = "workflow-definition-picker", IsRequired = true },
                new() { Name = "Items", TypeName = "Object", DisplayName = "Items", Description = "The list. Each new job gets its item as the input Item.", UIHint = "json-editor", DefaultSyntax = "JavaScript", IsRequired = true },
                Text("CorrelationIdFunction", "Correlation id", "What each new job belongs to; the variable Item is its item.") with { AutoEvaluate = false, DefaultSyntax = "JavaScript" },
                new() { Name = "Input", TypeName = "IDictionary<string, object>", DisplayName = "Input", Description = "Further inputs of each new job.", UIHint = "dictionary" },
                new() { Name = "WaitForCompletion", TypeName = "Boolean", DisplayName = "Wait for their end", Description = "Whether to go on only when all of them have ended.", UIHint = "checkbox", DefaultValue = true },
                Text("ChannelName", "Channel", "Kept for Elsa servers; there is one queue here."),
            ],
            Ports = [Embedded("ChildFinished"), Embedded("ChildFaulted"), new("Finished"), new("Canceled"), new("Done")],
        },

        Trigger("HttpEndpoint", Http, "HTTP endpoint", "Starts or goes on when a request comes to its own address.") with
        {
            Inputs =
            [
                Text("Path", "Path", "Below the address of the routines: orders/{number} answers to /workflows/orders/17.") with { IsRequired = true },
                new() { Name = "SupportedMethods", TypeName = "String[]", DisplayName = "Methods", Description = "Which methods are answered.", UIHint = "checklist", DefaultSyntax = "Object", DefaultValue = """["GET"]""", Options = [.. Verbs] },
                new() { Name = "Authorize", TypeName = "Boolean", DisplayName = "Only with a token of a user", Description = "Strangers are refused.", UIHint = "checkbox", Category = "Security" },
                Text("Policy", "Right that the user needs", "Key of a right, for example routines.jobs.start. Empty for any user.") with { Category = "Security" },
                Text("Secret", "Shared secret", "What the caller sends in the header X-Crm-Secret. Empty for none.") with { Category = "Security", IsSensitive = true },
                new() { Name = "RequestTimeout", TypeName = "TimeSpan", DisplayName = "How long a caller waits", Description = "For an answer that comes later in the routine; 30 seconds when empty.", Category = "Limits" },
                new() { Name = "RequestSizeLimit", TypeName = "Int64", DisplayName = "Largest request (bytes)", Description = "1 MB when empty, 10 MB at most.", Category = "Limits" },
            ],
            Outputs =
            [
                new("ParsedContent", "Object", "Content", "The body, read as JSON, as a form or as text."),
                new("RouteData", "Object", "Parts of the address", "Values of the places in braces."),
                new("QueryStringData", "Object", "Query of the address", "What stands behind the question mark."),
                new("Headers", "Object", "Headers", "The headers, without secrets."),
                new("Result", "Object", "Result", "Method, address and all of it."),
            ],
        },
        Engine("WriteHttpResponse", Http, "HTTP response", "Answers the request that came in.") with
        {
            Inputs =
            [
                new() { Name = "StatusCode", TypeName = "System.Net.HttpStatusCode, System.Net.Primitives", DisplayName = "Status code", Description = "200 when all is well.", DefaultValue = "OK" },
                new() { Name = "Content", TypeName = "Object", DisplayName = "Content", Description = "Text goes out as it is, everything else as JSON.", UIHint = "multiline" },
                new() { Name = "ContentType", TypeName = "String", DisplayName = "Type of content", Description = "Taken from the content when empty.", UIHint = "dropdown", Options = [.. ContentTypes] },
                new() { Name = "ResponseHeaders", TypeName = "Object", DisplayName = "Headers", Description = "Name and value of each.", UIHint = "json-editor", DefaultSyntax = "Object", Category = "Advanced" },
            ],
        },
        Request("SendHttpRequest", "Send HTTP request", "Asks another system over the network and goes on by its answer.") with
        {
            Ports = [Embedded("UnmatchedStatusCode"), Embedded("FailedToConnect"), Embedded("Timeout"), new("Done")],
            IsBrowsable = false,
        },
        Request("FlowSendHttpRequest", "Send HTTP request", "Asks another system over the network: an arrow for each expected status code.") with
        {
            OutcomesInput = "ExpectedStatusCodes",
            Ports = [new("Done"), new("Unmatched status code"), new("Failed to connect") { Failure = true }, new("Timeout") { Failure = true }],
        },
        NotRun("WriteFileHttpResponse", Http, "HTTP file response"),
        NotRun("DownloadHttpFile", Http, "Download file"),
        NotRun("ReadLine", Console, "Read line"),
        NotRun("RunJavaScript", "Scripting", "Run JavaScript"),
        NotRun("RunCSharp", "Scripting", "Run C#"),
        NotRun("RunPython", "Scripting", "Run Python"),
        NotRun("SendEmail", "Email", "Send e-mail"),
        NotRun("StateMachine", Flow, "State machine"),
        NotRun("Inline", Primitives, "Inline"),
    ];

    private static ActivityDescriptor Engine(string name, string category, string title, string description) => new()
    {
        TypeName = "Elsa." + name, Category = category, DisplayName = title, Description = description, Executor = ActivityExecutor.Engine,
    };

    private static ActivityDescriptor Trigger(string name, string category, string title, string description) => Engine(name, category, title, description) with { Kind = ActivityKind.Trigger };

    private static ActivityDescriptor NotRun(string name, string category, string title, ActivityKind kind = ActivityKind.Action) => new()
    {
        TypeName = "Elsa." + name, Category = category, DisplayName = title, Kind = kind, Executor = ActivityExecutor.NotRunHere, IsBrowsable = false,
    };

    // Who carries these out stands outside: the engine itself reaches no network.
    private static ActivityDescriptor Request(string name, string title, string description) => new()
    {
        TypeName = "Elsa." + name, Category = Http, DisplayName = title, Description = description, Kind = ActivityKind.Task, Executor = ActivityExecutor.External,
        CustomProperties = new() { ["icon"] = "world-share", ["Resilient"] = true, ["ResilienceCategory"] = "Default" },
        Inputs =
        [
            Text("Url", "Address", "Full address, with https://. Addresses of the inner network are refused.") with { TypeName = "Uri", IsRequired = true },
            Text("Method", "Method", "How it is asked.") with { UIHint = "dropdown", DefaultValue = "GET", Options = [.. Verbs] },
            new() { Name = "Content", TypeName = "Object", DisplayName = "Content", Description = "Text goes out as it is, everything else as JSON.", UIHint = "multiline" },
            Text("ContentType", "Type of content", "Taken from the content when empty.") with { UIHint = "dropdown", Options = [.. ContentTypes] },
            Text("Authorization", "Authorization", "For example: Bearer and a token. Never written into the journal.") with { Category = "Security", IsSensitive = true },
            new() { Name = "RequestHeaders", TypeName = "Object", DisplayName = "Headers", Description = "Name and value of each. Never written into the journal.", UIHint = "json-editor", DefaultSyntax = "Object", Category = "Advanced", IsSensitive = true },
            new() { Name = "ExpectedStatusCodes", TypeName = "Int32[]", DisplayName = "Expected status codes", Description = "Each is an arrow of its own.", UIHint = name == "SendHttpRequest" ? "http-status-codes" : "multitext", DefaultSyntax = "Object", DefaultValue = name == "SendHttpRequest" ? null : "[200]", IsWrapped = name != "SendHttpRequest", AutoEvaluate = name != "SendHttpRequest", IsBrowsable = name != "SendHttpRequest" },
        ],
        Outputs =
        [
            new("StatusCode", "Int32", "Status code", "What the other side answered."),
            new("ParsedContent", "Object", "Content", "The answer, read as JSON or as text."),
            new("ResponseHeaders", "Object", "Headers", "Headers of the answer."),
            new("Result", "Object", "Result", "Status, headers and content together."),
        ],
    };

    private static IEnumerable<InputOption> Verbs => ((string[])["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]).Select(verb => new InputOption(verb, verb));

    private static IEnumerable<InputOption> ContentTypes => ((string[])["application/json", "text/plain", "text/html", "application/xml", "application/x-www-form-urlencoded"]).Select(type => new InputOption(type, type));

    private static ActivityDescriptor Child(string name, string title, string description) => Engine(name, Composition, title, description) with
    {
        Inputs =
        [
            Text("WorkflowDefinitionId", "Routine", "The routine to start.") with { UIHint = "workflow-definition-picker", IsRequired = true },
            Text("CorrelationId", "Correlation id", "What the new job belongs to."),
            new() { Name = "Input", TypeName = "IDictionary<string, object>", DisplayName = "Input", Description = "Inputs of the new job.", UIHint = "dictionary" },
            new() { Name = "WaitForCompletion", TypeName = "Boolean", DisplayName = "Wait for its end", Description = "Whether to go on only when it has ended.", UIHint = "checkbox" },
        ],
        Outputs = [new("Result", "Object", "Result", "What the other routine left.")],
        HiddenOutcomes = ["Faulted", "Canceled"],
    };

    private static PortDescriptor Embedded(string name) => new(name, Type: PortType.Embedded);

    private static InputDescriptor Text(string name, string title, string description) => new() { Name = name, DisplayName = title, Description = description };

    private static InputDescriptor List(string name, string title, string description) => new() { Name = name, TypeName = "String[]", DisplayName = title, Description = description, UIHint = "multitext", DefaultSyntax = "Object" };

    private static InputDescriptor Number(string name, string title, string description, int value) => new() { Name = name, TypeName = "Int32", DisplayName = title, Description = description, DefaultValue = value };

    private static InputDescriptor Span(string name, string title, string description) => new() { Name = name, TypeName = "TimeSpan", DisplayName = title, Description = description, IsRequired = true };

    private static InputDescriptor Condition() => new() { Name = "Condition", TypeName = "Boolean", DisplayName = "Condition", Description = "What decides.", UIHint = "singleline", DefaultSyntax = "JavaScript" };

    private static InputDescriptor SwitchMode() => new()
    {
        Name = "Mode", TypeName = "Elsa.Workflows.Activities.SwitchMode, Elsa.Workflows.Core", DisplayName = "Mode", Description = "Whether the first case that fits counts, or every one.", UIHint = "dropdown", DefaultValue = "MatchFirst",
        Options = [new("First that fits", "MatchFirst"), new("All that fit", "MatchAny")],
    };

    private static OutputDescriptor CurrentValue() => new("CurrentValue", "Object", "Current value", "The item in hand.");

}
