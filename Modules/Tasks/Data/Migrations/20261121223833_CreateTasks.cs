using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Tasks.Data.Migrations
{
    /// <inheritdoc />
    public partial class CreateTasks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "tasks");

            migrationBuilder.CreateSequence(
                name: "work_tasks_number",
                schema: "tasks");

            migrationBuilder.CreateTable(
                name: "work_tasks",
                schema: "tasks",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false),
                    branch_id = table.Column<Guid>(type: "uuid", nullable: false),
                    title = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    description = table.Column<string>(type: "text", nullable: true),
                    search_text = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    remind_before = table.Column<int>(type: "integer", nullable: true),
                    remind_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    priority = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    weight = table.Column<int>(type: "integer", nullable: false),
                    percent = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    contact_id = table.Column<Guid>(type: "uuid", nullable: true),
                    job_id = table.Column<Guid>(type: "uuid", nullable: true),
                    execution_id = table.Column<Guid>(type: "uuid", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_by = table.Column<Guid>(type: "uuid", nullable: true),
                    end_note = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_work_tasks", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "task_assignees",
                schema: "tasks",
                columns: table => new
                {
                    task_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    waits = table.Column<bool>(type: "boolean", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_task_assignees", x => new { x.task_id, x.user_id });
                    table.ForeignKey(
                        name: "fk_task_assignees_work_tasks_task_id",
                        column: x => x.task_id,
                        principalSchema: "tasks",
                        principalTable: "work_tasks",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "task_entries",
                schema: "tasks",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    task_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    by_user_id = table.Column<Guid>(type: "uuid", nullable: true),
                    note = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    to_user_ids = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    fields = table.Column<string[]>(type: "text[]", nullable: false),
                    percent = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_task_entries", x => x.id);
                    table.ForeignKey(
                        name: "fk_task_entries_work_tasks_task_id",
                        column: x => x.task_id,
                        principalSchema: "tasks",
                        principalTable: "work_tasks",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "task_waits",
                schema: "tasks",
                columns: table => new
                {
                    task_id = table.Column<Guid>(type: "uuid", nullable: false),
                    execution_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_task_waits", x => new { x.task_id, x.execution_id });
                    table.ForeignKey(
                        name: "fk_task_waits_work_tasks_task_id",
                        column: x => x.task_id,
                        principalSchema: "tasks",
                        principalTable: "work_tasks",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_task_assignees_user_id_due_at_task_id",
                schema: "tasks",
                table: "task_assignees",
                columns: new[] { "user_id", "due_at", "task_id" },
                filter: "waits");

            migrationBuilder.CreateIndex(
                name: "ix_task_assignees_user_id_task_id",
                schema: "tasks",
                table: "task_assignees",
                columns: new[] { "user_id", "task_id" });

            migrationBuilder.CreateIndex(
                name: "ix_task_entries_by_user_id_task_id",
                schema: "tasks",
                table: "task_entries",
                columns: new[] { "by_user_id", "task_id" },
                filter: "kind = 'Referred'");

            migrationBuilder.CreateIndex(
                name: "ix_task_entries_task_id_at",
                schema: "tasks",
                table: "task_entries",
                columns: new[] { "task_id", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_task_waits_execution_id",
                schema: "tasks",
                table: "task_waits",
                column: "execution_id");

            migrationBuilder.CreateIndex(
                name: "ix_work_tasks_contact_id_state",
                schema: "tasks",
                table: "work_tasks",
                columns: new[] { "contact_id", "state" },
                filter: "contact_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_work_tasks_created_by_state_due_at",
                schema: "tasks",
                table: "work_tasks",
                columns: new[] { "created_by", "state", "due_at" });

            migrationBuilder.CreateIndex(
                name: "ix_work_tasks_job_id",
                schema: "tasks",
                table: "work_tasks",
                column: "job_id",
                filter: "job_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_work_tasks_remind_at",
                schema: "tasks",
                table: "work_tasks",
                column: "remind_at",
                filter: "remind_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_work_tasks_search_text",
                schema: "tasks",
                table: "work_tasks",
                column: "search_text")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_work_tasks_state_due_at_id",
                schema: "tasks",
                table: "work_tasks",
                columns: new[] { "state", "due_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_work_tasks_state_ended_at_id",
                schema: "tasks",
                table: "work_tasks",
                columns: new[] { "state", "ended_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ux_work_tasks_execution_id",
                schema: "tasks",
                table: "work_tasks",
                column: "execution_id",
                unique: true,
                filter: "execution_id is not null");

            migrationBuilder.CreateIndex(
                name: "ux_work_tasks_number",
                schema: "tasks",
                table: "work_tasks",
                column: "number",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "task_assignees",
                schema: "tasks");

            migrationBuilder.DropTable(
                name: "task_entries",
                schema: "tasks");

            migrationBuilder.DropTable(
                name: "task_waits",
                schema: "tasks");

            migrationBuilder.DropTable(
                name: "work_tasks",
                schema: "tasks");

            migrationBuilder.DropSequence(
                name: "work_tasks_number",
                schema: "tasks");
        }
    }
}
