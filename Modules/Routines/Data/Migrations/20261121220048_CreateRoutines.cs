using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Crm.Routines.Data.Migrations
{
    /// <inheritdoc />
    public partial class CreateRoutines : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "routines");

            migrationBuilder.CreateSequence(
                name: "jobs_number",
                schema: "routines");

            migrationBuilder.CreateTable(
                name: "bookmarks",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    job_id = table.Column<Guid>(type: "uuid", nullable: false),
                    execution_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    name = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bookmarks", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "calls",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    job_id = table.Column<Guid>(type: "uuid", nullable: false),
                    execution_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    type = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    body = table.Column<string>(type: "text", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    error = table.Column<string>(type: "text", nullable: true),
                    stuck = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_calls", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "forms",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    description = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    fields = table.Column<string>(type: "jsonb", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    deleted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    deleted_by = table.Column<Guid>(type: "uuid", nullable: true),
                    deletion_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_forms", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "incidents",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    job_id = table.Column<Guid>(type: "uuid", nullable: false),
                    branch_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    execution_id = table.Column<Guid>(type: "uuid", nullable: true),
                    activity = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    activity_type = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    message = table.Column<string>(type: "text", nullable: false),
                    arguments = table.Column<string[]>(type: "text[]", nullable: false),
                    details = table.Column<string>(type: "text", nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    status = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    handled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    handled_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_incidents", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "job_states",
                schema: "routines",
                columns: table => new
                {
                    job_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version_id = table.Column<Guid>(type: "uuid", nullable: false),
                    contact_id = table.Column<Guid>(type: "uuid", nullable: true),
                    status = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    paused = table.Column<bool>(type: "boolean", nullable: false),
                    state = table.Column<byte[]>(type: "bytea", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_job_states", x => x.job_id);
                });

            migrationBuilder.CreateTable(
                name: "jobs",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false),
                    title = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    routine_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version_number = table.Column<int>(type: "integer", nullable: false),
                    routine_name = table.Column<string>(type: "character varying(250)", maxLength: 250, nullable: false),
                    contact_id = table.Column<Guid>(type: "uuid", nullable: true),
                    branch_id = table.Column<Guid>(type: "uuid", nullable: false),
                    started_by = table.Column<Guid>(type: "uuid", nullable: true),
                    agent_ids = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    status = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    paused = table.Column<bool>(type: "boolean", nullable: false),
                    paused_because = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_because = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    ended_by = table.Column<Guid>(type: "uuid", nullable: true),
                    parent_job_id = table.Column<Guid>(type: "uuid", nullable: true),
                    parent_execution_id = table.Column<Guid>(type: "uuid", nullable: true),
                    depth = table.Column<int>(type: "integer", nullable: false),
                    start_key = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    correlation_id = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_jobs", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "journal",
                schema: "routines",
                columns: table => new
                {
                    job_id = table.Column<Guid>(type: "uuid", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    @event = table.Column<string>(name: "event", type: "character varying(40)", maxLength: 40, nullable: false),
                    activity_id = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    execution_id = table.Column<Guid>(type: "uuid", nullable: false),
                    entry = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_journal", x => new { x.job_id, x.seq });
                });

            migrationBuilder.CreateTable(
                name: "routine_definitions",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    definition_id = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    name = table.Column<string>(type: "character varying(250)", maxLength: 250, nullable: false),
                    description = table.Column<string>(type: "text", nullable: true),
                    latest_version_id = table.Column<Guid>(type: "uuid", nullable: false),
                    latest_number = table.Column<int>(type: "integer", nullable: false),
                    published_version_id = table.Column<Guid>(type: "uuid", nullable: true),
                    published_number = table.Column<int>(type: "integer", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    deleted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    deleted_by = table.Column<Guid>(type: "uuid", nullable: true),
                    deletion_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_routine_definitions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "stage_alarms",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    stage_item_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_stage_alarms", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "stage_files",
                schema: "routines",
                columns: table => new
                {
                    file_id = table.Column<Guid>(type: "uuid", nullable: false),
                    stage_item_id = table.Column<Guid>(type: "uuid", nullable: false),
                    asked = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    added_by = table.Column<Guid>(type: "uuid", nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_stage_files", x => x.file_id);
                });

            migrationBuilder.CreateTable(
                name: "stage_items",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    job_id = table.Column<Guid>(type: "uuid", nullable: false),
                    branch_id = table.Column<Guid>(type: "uuid", nullable: false),
                    contact_id = table.Column<Guid>(type: "uuid", nullable: true),
                    activity_id = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    title = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    instructions = table.Column<string>(type: "text", nullable: true),
                    opened_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    planned_minutes = table.Column<int>(type: "integer", nullable: true),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    user_ids = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    role_ids = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    taken_by = table.Column<Guid>(type: "uuid", nullable: true),
                    choose_person = table.Column<bool>(type: "boolean", nullable: false),
                    form_id = table.Column<Guid>(type: "uuid", nullable: true),
                    fields = table.Column<string>(type: "text", nullable: false),
                    setup = table.Column<string>(type: "text", nullable: false),
                    status = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    outcome = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    answers = table.Column<string>(type: "text", nullable: true),
                    note = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: true),
                    done_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    done_by = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_stage_items", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "stimuli",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    job_id = table.Column<Guid>(type: "uuid", nullable: false),
                    body = table.Column<string>(type: "text", nullable: false),
                    ready = table.Column<bool>(type: "boolean", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    error = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_stimuli", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "triggers",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    routine_id = table.Column<Guid>(type: "uuid", nullable: false),
                    activity_id = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    binding_id = table.Column<Guid>(type: "uuid", nullable: true),
                    type = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    event_name = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    inputs = table.Column<string>(type: "text", nullable: false),
                    cron = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: true),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_triggers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "routine_bindings",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    routine_id = table.Column<Guid>(type: "uuid", nullable: false),
                    purpose = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    contact_type_id = table.Column<Guid>(type: "uuid", nullable: true),
                    start = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    trigger = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    trigger_inputs = table.Column<string>(type: "text", nullable: true),
                    cron = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: true),
                    active = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_routine_bindings", x => x.id);
                    table.ForeignKey(
                        name: "fk_routine_bindings_routine_definitions_routine_id",
                        column: x => x.routine_id,
                        principalSchema: "routines",
                        principalTable: "routine_definitions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "routine_versions",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    routine_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version_id = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    name = table.Column<string>(type: "character varying(250)", maxLength: 250, nullable: false),
                    json = table.Column<string>(type: "text", nullable: false),
                    published_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    published_by = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_routine_versions", x => x.id);
                    table.ForeignKey(
                        name: "fk_routine_versions_routine_definitions_routine_id",
                        column: x => x.routine_id,
                        principalSchema: "routines",
                        principalTable: "routine_definitions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_bookmarks_due_at",
                schema: "routines",
                table: "bookmarks",
                column: "due_at",
                filter: "due_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_bookmarks_job_id",
                schema: "routines",
                table: "bookmarks",
                column: "job_id");

            migrationBuilder.CreateIndex(
                name: "ix_bookmarks_name",
                schema: "routines",
                table: "bookmarks",
                column: "name",
                filter: "name is not null");

            migrationBuilder.CreateIndex(
                name: "ix_calls_due_at_id",
                schema: "routines",
                table: "calls",
                columns: new[] { "due_at", "id" },
                filter: "not stuck");

            migrationBuilder.CreateIndex(
                name: "ix_calls_execution_id",
                schema: "routines",
                table: "calls",
                column: "execution_id");

            migrationBuilder.CreateIndex(
                name: "ix_calls_job_id",
                schema: "routines",
                table: "calls",
                column: "job_id");

            migrationBuilder.CreateIndex(
                name: "ux_forms_name",
                schema: "routines",
                table: "forms",
                column: "name",
                unique: true,
                filter: "deleted_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_incidents_at_id",
                schema: "routines",
                table: "incidents",
                columns: new[] { "at", "id" },
                filter: "status = 'Open'");

            migrationBuilder.CreateIndex(
                name: "ix_incidents_job_id",
                schema: "routines",
                table: "incidents",
                column: "job_id");

            migrationBuilder.CreateIndex(
                name: "ix_job_states_version_id",
                schema: "routines",
                table: "job_states",
                column: "version_id");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_agent_ids",
                schema: "routines",
                table: "jobs",
                column: "agent_ids")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_contact_id_started_at",
                schema: "routines",
                table: "jobs",
                columns: new[] { "contact_id", "started_at" });

            migrationBuilder.CreateIndex(
                name: "ix_jobs_parent_execution_id",
                schema: "routines",
                table: "jobs",
                column: "parent_execution_id",
                filter: "parent_execution_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_routine_id_started_at",
                schema: "routines",
                table: "jobs",
                columns: new[] { "routine_id", "started_at" });

            migrationBuilder.CreateIndex(
                name: "ix_jobs_started_at_id",
                schema: "routines",
                table: "jobs",
                columns: new[] { "started_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ux_jobs_start_key",
                schema: "routines",
                table: "jobs",
                column: "start_key",
                unique: true,
                filter: "start_key is not null");

            migrationBuilder.CreateIndex(
                name: "ix_routine_bindings_routine_id",
                schema: "routines",
                table: "routine_bindings",
                column: "routine_id");

            migrationBuilder.CreateIndex(
                name: "ix_routine_bindings_trigger",
                schema: "routines",
                table: "routine_bindings",
                column: "trigger",
                filter: "trigger is not null");

            migrationBuilder.CreateIndex(
                name: "ix_routine_definitions_name",
                schema: "routines",
                table: "routine_definitions",
                column: "name");

            migrationBuilder.CreateIndex(
                name: "ux_routine_definitions_definition_id",
                schema: "routines",
                table: "routine_definitions",
                column: "definition_id",
                unique: true,
                filter: "deleted_at is null");

            migrationBuilder.CreateIndex(
                name: "ux_routine_versions_routine_id_number",
                schema: "routines",
                table: "routine_versions",
                columns: new[] { "routine_id", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ux_routine_versions_version_id",
                schema: "routines",
                table: "routine_versions",
                column: "version_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_stage_alarms_due_at",
                schema: "routines",
                table: "stage_alarms",
                column: "due_at");

            migrationBuilder.CreateIndex(
                name: "ix_stage_alarms_stage_item_id",
                schema: "routines",
                table: "stage_alarms",
                column: "stage_item_id");

            migrationBuilder.CreateIndex(
                name: "ix_stage_files_stage_item_id",
                schema: "routines",
                table: "stage_files",
                column: "stage_item_id");

            migrationBuilder.CreateIndex(
                name: "ix_stage_items_contact_id_opened_at",
                schema: "routines",
                table: "stage_items",
                columns: new[] { "contact_id", "opened_at" });

            migrationBuilder.CreateIndex(
                name: "ix_stage_items_due_at_id",
                schema: "routines",
                table: "stage_items",
                columns: new[] { "due_at", "id" },
                filter: "status = 'Open'");

            migrationBuilder.CreateIndex(
                name: "ix_stage_items_job_id_opened_at",
                schema: "routines",
                table: "stage_items",
                columns: new[] { "job_id", "opened_at" });

            migrationBuilder.CreateIndex(
                name: "ix_stage_items_role_ids",
                schema: "routines",
                table: "stage_items",
                column: "role_ids",
                filter: "status = 'Open'")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_stage_items_user_ids",
                schema: "routines",
                table: "stage_items",
                column: "user_ids",
                filter: "status = 'Open'")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_stimuli_id",
                schema: "routines",
                table: "stimuli",
                column: "id",
                filter: "ready");

            migrationBuilder.CreateIndex(
                name: "ix_stimuli_job_id",
                schema: "routines",
                table: "stimuli",
                column: "job_id");

            migrationBuilder.CreateIndex(
                name: "ix_triggers_due_at",
                schema: "routines",
                table: "triggers",
                column: "due_at",
                filter: "due_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_triggers_routine_id",
                schema: "routines",
                table: "triggers",
                column: "routine_id");

            migrationBuilder.CreateIndex(
                name: "ix_triggers_type",
                schema: "routines",
                table: "triggers",
                column: "type");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "bookmarks",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "calls",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "forms",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "incidents",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "job_states",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "jobs",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "journal",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "routine_bindings",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "routine_versions",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "stage_alarms",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "stage_files",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "stage_items",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "stimuli",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "triggers",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "routine_definitions",
                schema: "routines");

            migrationBuilder.DropSequence(
                name: "jobs_number",
                schema: "routines");
        }
    }
}
