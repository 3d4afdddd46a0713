using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Routines.Data.Migrations
{
    /// <inheritdoc />
    public partial class StagePeople : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterColumn<string>(
                name: "cron",
                schema: "routines",
                table: "triggers",
                type: "character varying(400)",
                maxLength: 400,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(120)",
                oldMaxLength: 120,
                oldNullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "done_for",
                schema: "routines",
                table: "stage_items",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "nobody_since",
                schema: "routines",
                table: "stage_items",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "post_id",
                schema: "routines",
                table: "stage_items",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "votes",
                schema: "routines",
                table: "stage_items",
                type: "text",
                nullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "cron",
                schema: "routines",
                table: "routine_bindings",
                type: "character varying(400)",
                maxLength: 400,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(120)",
                oldMaxLength: 120,
                oldNullable: true);

            migrationBuilder.CreateTable(
                name: "stage_events",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    stage_item_id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    by = table.Column<Guid>(type: "uuid", nullable: true),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    user_ids = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    old_due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    new_due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    cause = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    why = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_stage_events", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "working_waits",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    job_id = table.Column<Guid>(type: "uuid", nullable: false),
                    branch_id = table.Column<Guid>(type: "uuid", nullable: false),
                    since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    minutes = table.Column<int>(type: "integer", nullable: true),
                    days = table.Column<int>(type: "integer", nullable: true),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_working_waits", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_stage_items_nobody_since_id",
                schema: "routines",
                table: "stage_items",
                columns: new[] { "nobody_since", "id" },
                filter: "nobody_since is not null");

            migrationBuilder.CreateIndex(
                name: "ix_stage_events_stage_item_id_at",
                schema: "routines",
                table: "stage_events",
                columns: new[] { "stage_item_id", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_working_waits_due_at",
                schema: "routines",
                table: "working_waits",
                column: "due_at");

            migrationBuilder.CreateIndex(
                name: "ix_working_waits_job_id",
                schema: "routines",
                table: "working_waits",
                column: "job_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "stage_events",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "working_waits",
                schema: "routines");

            migrationBuilder.DropIndex(
                name: "ix_stage_items_nobody_since_id",
                schema: "routines",
                table: "stage_items");

            migrationBuilder.DropColumn(
                name: "done_for",
                schema: "routines",
                table: "stage_items");

            migrationBuilder.DropColumn(
                name: "nobody_since",
                schema: "routines",
                table: "stage_items");

            migrationBuilder.DropColumn(
                name: "post_id",
                schema: "routines",
                table: "stage_items");

            migrationBuilder.DropColumn(
                name: "votes",
                schema: "routines",
                table: "stage_items");

            migrationBuilder.AlterColumn<string>(
                name: "cron",
                schema: "routines",
                table: "triggers",
                type: "character varying(120)",
                maxLength: 120,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(400)",
                oldMaxLength: 400,
                oldNullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "cron",
                schema: "routines",
                table: "routine_bindings",
                type: "character varying(120)",
                maxLength: 120,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(400)",
                oldMaxLength: 400,
                oldNullable: true);
        }
    }
}
